package dev.stagedoor.gateway.page;

import static org.springframework.web.reactive.function.server.RouterFunctions.route;

import dev.stagedoor.gateway.answer.Answers;
import dev.stagedoor.gateway.line.QueueRoutes;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.reactive.function.server.RouterFunction;
import org.springframework.web.reactive.function.server.ServerResponse;

/** What the page itself asks for: its buttons, and its files. */
@Configuration(proxyBeanMethods = false)
class PageRoutes {

    static final String LEAVE = QueueRoutes.PREFIX + "page/leave";
    static final String JOIN_AGAIN = QueueRoutes.PREFIX + "page/join";

    private final PageForms forms;
    private final PageFiles files;
    private final Answers answers;

    public PageRoutes(PageForms forms, PageFiles files, Answers answers) {
        this.forms = forms;
        this.files = files;
        this.answers = answers;
    }

    @Bean
    RouterFunction<ServerResponse> callsOfThePage() {
        return route().POST(LEAVE, Answers.writing(forms::leave))
                .POST(JOIN_AGAIN, Answers.writing(forms::join))
                .GET(
                        QueueRoutes.ASSETS + "{name}",
                        request ->
                                Answers.written(
                                        request,
                                        exchange ->
                                                files.answer(
                                                        exchange, request.pathVariable("name"))))
                .add(answers.known(LEAVE))
                .add(answers.known(JOIN_AGAIN))
                .build();
    }
}

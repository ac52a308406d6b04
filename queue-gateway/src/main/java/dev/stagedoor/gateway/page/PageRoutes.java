package dev.stagedoor.gateway.page;

import static org.springframework.web.reactive.function.server.RouterFunctions.route;

import dev.stagedoor.gateway.answer.Answers;
import dev.stagedoor.gateway.line.QueueAddresses;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.reactive.function.server.RouterFunction;
import org.springframework.web.reactive.function.server.ServerResponse;

/** What the page itself asks for: its buttons, and its files. */
@Configuration(proxyBeanMethods = false)
class PageRoutes {

    private final QueueAddresses addresses;
    private final PageForms forms;
    private final PageFiles files;
    private final Answers answers;

    public PageRoutes(QueueAddresses addresses, PageForms forms, PageFiles files, Answers answers) {
        this.addresses = addresses;
        this.forms = forms;
        this.files = files;
        this.answers = answers;
    }

    @Bean
    RouterFunction<ServerResponse> callsOfThePage() {
        String leave = addresses.prefix() + "page/leave";
        String joinAgain = addresses.prefix() + "page/join";
        return route().POST(leave, Answers.writing(forms::leave))
                .POST(joinAgain, Answers.writing(forms::join))
                .GET(
                        addresses.assets() + "{name}",
                        request ->
                                Answers.written(
                                        request,
                                        exchange ->
                                                files.answer(
                                                        exchange, request.pathVariable("name"))))
                .add(answers.known(leave))
                .add(answers.known(joinAgain))
                .build();
    }
}

package dev.stagedoor.boot;

import dev.stagedoor.common.Headers;
import dev.stagedoor.common.Problem;
import dev.stagedoor.common.ProblemCode;
import dev.stagedoor.common.ProblemDocuments;
import dev.stagedoor.common.TraceId;

import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;

import org.jspecify.annotations.Nullable;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.MethodParameter;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.http.HttpHeaders;
import org.springframework.web.bind.ServletRequestBindingException;
import org.springframework.web.bind.support.WebDataBinderFactory;
import org.springframework.web.context.request.NativeWebRequest;
import org.springframework.web.context.request.RequestAttributes;
import org.springframework.web.filter.OncePerRequestFilter;
import org.springframework.web.method.support.HandlerMethodArgumentResolver;
import org.springframework.web.method.support.ModelAndViewContainer;
import org.springframework.web.servlet.HandlerExceptionResolver;
import org.springframework.web.servlet.config.annotation.WebMvcConfigurer;

import java.io.IOException;
import java.util.Collections;
import java.util.List;

/** The guard of an application of servlets. */
@Configuration(proxyBeanMethods = false)
@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
@ConditionalOnClass(Filter.class)
class ServletGuard {

    @Bean
    PassServletFilter passFilter(PassGuard guard) {
        return new PassServletFilter(guard);
    }

    /** Of Spring MVC, without which the filter guards all the same. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass(WebMvcConfigurer.class)
    static class VisitorArguments {

        @Bean
        WebMvcConfigurer visitorArguments() {
            return new WebMvcConfigurer() {
                @Override
                public void addArgumentResolvers(List<HandlerMethodArgumentResolver> resolvers) {
                    resolvers.add(new Arguments());
                }

                /** A handler that fails has said nothing of the visit; the answer is for others. */
                @Override
                public void extendHandlerExceptionResolvers(
                        List<HandlerExceptionResolver> resolvers) {
                    resolvers.addFirst(
                            (_, response, _, _) -> {
                                response.setHeader(Headers.SESSION, null);
                                return null;
                            });
                }
            };
        }
    }

    @Order(Ordered.HIGHEST_PRECEDENCE + 1)
    static final class PassServletFilter extends OncePerRequestFilter {

        private final PassGuard guard;
        private final ProblemDocuments documents = new ProblemDocuments();

        PassServletFilter(PassGuard guard) {
            this.guard = guard;
        }

        @Override
        protected void doFilterInternal(
                HttpServletRequest request, HttpServletResponse response, FilterChain chain)
                throws ServletException, IOException {
            String context = request.getContextPath();
            if (!request.getRequestURI().startsWith(context)) {
                // Jetty says how the context is called, and not how it was spelt.
                refuse(request, response, ProblemCode.VALIDATION_FAILED);
                return;
            }
            String path = request.getRequestURI().substring(context.length());
            List<String> shown = Collections.list(request.getHeaders(Headers.PASS));
            switch (guard.check(request.getMethod(), path, shown)) {
                case PassGuard.Verdict.Open _ -> chain.doFilter(request, response);
                case PassGuard.Verdict.Vouched(Visitor visitor) -> {
                    request.setAttribute(Visitor.ATTRIBUTE, visitor);
                    chain.doFilter(request, response);
                }
                case PassGuard.Verdict.Refused(ProblemCode code) -> refuse(request, response, code);
            }
        }

        private void refuse(
                HttpServletRequest request, HttpServletResponse response, ProblemCode code)
                throws IOException {
            Problem problem = Problem.of(code);
            byte[] body =
                    documents.write(
                            problem,
                            request.getHeader(HttpHeaders.ACCEPT_LANGUAGE),
                            request.getRequestURI(),
                            TraceId.of(request.getHeader(TraceId.HEADER)));
            response.setStatus(problem.status());
            response.setContentType(ProblemDocuments.MEDIA_TYPE);
            response.setContentLength(body.length);
            response.setHeader(HttpHeaders.CACHE_CONTROL, "no-store");
            response.setHeader(HttpHeaders.WWW_AUTHENTICATE, problem.challenge());
            response.getOutputStream().write(body);
        }
    }

    private static final class Arguments implements HandlerMethodArgumentResolver {

        @Override
        public boolean supportsParameter(MethodParameter parameter) {
            return parameter.getParameterType() == Visitor.class
                    || parameter.getParameterType() == QueueSession.class;
        }

        @Override
        public Object resolveArgument(
                MethodParameter parameter,
                @Nullable ModelAndViewContainer container,
                NativeWebRequest request,
                @Nullable WebDataBinderFactory binders)
                throws ServletRequestBindingException {
            if (parameter.getParameterType() == QueueSession.class) {
                var response = request.getNativeResponse(HttpServletResponse.class);
                return new QueueSession(java.util.Objects.requireNonNull(response)::setHeader);
            }
            Object visitor =
                    request.getAttribute(Visitor.ATTRIBUTE, RequestAttributes.SCOPE_REQUEST);
            if (visitor == null) {
                throw new ServletRequestBindingException(
                        "an open path has no visitor: " + parameter.getExecutable());
            }
            return visitor;
        }
    }
}

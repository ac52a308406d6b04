package dev.stagedoor.common.tracing;

import dev.stagedoor.common.TraceId;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import io.opentelemetry.exporter.otlp.http.trace.OtlpHttpSpanExporter;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.export.BatchSpanProcessor;
import io.opentelemetry.sdk.trace.samplers.Sampler;

import org.jspecify.annotations.Nullable;

import java.net.URI;
import java.util.concurrent.TimeUnit;

/** Sends spans to a collector by OTLP over HTTP, in batches, on a thread of its own. */
public final class OtlpTracing implements Tracing {

    private static final AttributeKey<String> SERVICE = AttributeKey.stringKey("service.name");
    private static final AttributeKey<String> METHOD =
            AttributeKey.stringKey("http.request.method");
    private static final AttributeKey<String> PATH = AttributeKey.stringKey("url.path");
    private static final AttributeKey<Long> STATUS =
            AttributeKey.longKey("http.response.status_code");
    private static final long FAREWELL_SECONDS = 5;

    private final SdkTracerProvider provider;
    private final Tracer tracer;

    /**
     * @param endpoint of the collector, without a path
     * @param sampling share of the traces that are told, 0 to 1
     * @param isAtTheEdge whether anybody may have begun a trace; if not, one that came in is told
     *     if whoever began it says so
     */
    public OtlpTracing(String service, URI endpoint, double sampling, boolean isAtTheEdge) {
        Sampler share = Sampler.traceIdRatioBased(sampling);
        OtlpHttpSpanExporter exporter =
                OtlpHttpSpanExporter.builder()
                        .setEndpoint(endpoint.resolve("/v1/traces").toString())
                        .build();
        this.provider =
                SdkTracerProvider.builder()
                        .addSpanProcessor(BatchSpanProcessor.builder(exporter).build())
                        .setResource(
                                Resource.getDefault()
                                        .merge(Resource.create(Attributes.of(SERVICE, service))))
                        .setSampler(isAtTheEdge ? share : Sampler.parentBased(share))
                        .build();
        this.tracer = provider.get("dev.stagedoor");
    }

    @Override
    public Hop arrive(String name, String method, String path, @Nullable String traceparent) {
        return new Told(
                tracer.spanBuilder(name)
                        .setParent(parent(traceparent))
                        .setSpanKind(SpanKind.SERVER)
                        .setAttribute(METHOD, method)
                        .setAttribute(PATH, path)
                        .startSpan());
    }

    /** What has not been sent yet is sent now. */
    @Override
    public void close() {
        provider.shutdown().join(FAREWELL_SECONDS, TimeUnit.SECONDS);
    }

    private static Context parent(@Nullable String traceparent) {
        TraceId.Parent given = TraceId.parent(traceparent);
        return given == null
                ? Context.root()
                : Context.root()
                        .with(
                                Span.wrap(
                                        SpanContext.createFromRemoteParent(
                                                given.trace(),
                                                given.span(),
                                                TraceFlags.fromHex(given.flags(), 0),
                                                TraceState.getDefault())));
    }

    private record Told(Span span) implements Hop {

        @Override
        public String traceparent() {
            SpanContext context = span.getSpanContext();
            return "00-%s-%s-%s"
                    .formatted(
                            context.getTraceId(),
                            context.getSpanId(),
                            context.getTraceFlags().asHex());
        }

        @Override
        public void end(int status) {
            if (status > 0) {
                span.setAttribute(STATUS, (long) status);
            }
            if (status == 0 || status >= 500) {
                span.setStatus(StatusCode.ERROR);
            }
            span.end();
        }
    }
}

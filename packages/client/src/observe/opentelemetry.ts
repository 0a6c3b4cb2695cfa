/** The part of `@opentelemetry/api` that is used here: the module itself fits, and need not be installed otherwise. */

/** Attributes of a span. */
export type OtelAttributes = Record<string, string | number | boolean | readonly string[] | undefined>;

/** `Span` of the API. */
export interface OtelSpan {
  setAttribute(name: string, value: string | number | boolean): unknown;
  setStatus(status: { code: number; message?: string }): unknown;
  recordException(error: Error): void;
  spanContext(): unknown;
  end(): void;
}

/** `Tracer` of the API. */
export interface OtelTracer {
  // biome-ignore lint/suspicious/noExplicitAny: the contexts and options of the API are its own affair
  startSpan(name: string, options?: any, context?: any): OtelSpan;
}

/** What `import * as api from '@opentelemetry/api'` gives. */
export interface OpenTelemetryApi {
  readonly trace: {
    getTracer(name: string, version?: string): OtelTracer;
    // biome-ignore lint/suspicious/noExplicitAny: see above
    setSpan(context: any, span: any): any;
    // biome-ignore lint/suspicious/noExplicitAny: see above
    getSpanContext(context: any): any;
  };
  readonly context: {
    // biome-ignore lint/suspicious/noExplicitAny: see above
    active(): any;
    // biome-ignore lint/suspicious/noExplicitAny: see above
    with(context: any, run: () => any): any;
  };
  readonly propagation: {
    // biome-ignore lint/suspicious/noExplicitAny: see above
    inject(context: any, carrier: any, setter?: any): void;
    // biome-ignore lint/suspicious/noExplicitAny: see above
    extract(context: any, carrier: any, getter?: any): any;
  };
  readonly SpanKind: { readonly PRODUCER: number; readonly CONSUMER: number };
  readonly SpanStatusCode: { readonly ERROR: number };
}

/** Spans for sends and for calls of handlers. */
export interface TracingOptions {
  /** The API; context travels in message properties as the registered propagator writes it (W3C: `traceparent`). */
  readonly api: OpenTelemetryApi;
  /** Default: the one of the API for `@rocketmq-ts/client`. */
  readonly tracer?: OtelTracer;
}

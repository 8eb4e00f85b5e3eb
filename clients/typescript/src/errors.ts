import type { components } from "./schema.js";

/** What the server says is wrong, as in the `error` of its envelope. */
export type ErrorDetail = components["schemas"]["ErrorDetail"];

/** The base of every error that the client throws, except the caller's own reason where the caller aborts. */
export class MercatoError extends Error {
  override readonly name: string = "MercatoError";
}

/** The server said no. */
export class ApiError extends MercatoError {
  override readonly name = "ApiError";
  /** The HTTP status. */
  readonly status: number;
  /** Stable and machine-readable; `/errors` of the server lists them. */
  readonly code: string;
  /** Path of the field at fault. */
  readonly field: string | undefined;
  /** What would have been accepted. */
  readonly expected: string | undefined;
  /** What was found, shortened. */
  readonly got: string | undefined;
  /** Where the code is described, on the server. */
  readonly docs: string | undefined;
  /** Rows of a batch that were refused, the first 100. */
  readonly rows: NonNullable<ErrorDetail["rows"]>;
  /** How many rows were refused in all. */
  readonly rowsRefused: number;
  /** Finds the request in the server's log. */
  readonly traceId: string | undefined;
  /** Seconds after which the server wants to be asked again. */
  readonly retryAfter: number | undefined;

  constructor(status: number, detail: ErrorDetail, traceId: string | undefined, retryAfter: number | undefined) {
    super(detail.message);
    this.status = status;
    this.code = detail.code;
    this.field = detail.field ?? undefined;
    this.expected = detail.expected ?? undefined;
    this.got = detail.got ?? undefined;
    this.docs = detail.docs || undefined;
    this.rows = detail.rows ?? [];
    this.rowsRefused = detail.rows_refused ?? 0;
    this.traceId = traceId;
    this.retryAfter = retryAfter;
  }
}

/** No answer came: no connection, or one that broke. */
export class NetworkError extends MercatoError {
  override readonly name = "NetworkError";
}

/** No answer came in time. */
export class TimeoutError extends MercatoError {
  override readonly name = "TimeoutError";
}

/** The error that an answer other than 2xx stands for. */
export async function errorOf(response: Response): Promise<ApiError> {
  const text = await response.text();
  const traceId = response.headers.get("x-request-id") ?? undefined;
  const retryAfter = secondsOf(response.headers.get("retry-after"));
  return new ApiError(response.status, detailOf(text, response.status), traceId, retryAfter);
}

/** Reads our envelope, or that of OFREP; what stands between client and server may answer in words of its own. */
function detailOf(text: string, status: number): ErrorDetail {
  try {
    const body = JSON.parse(text) as { error?: ErrorDetail; errorCode?: string; errorDetails?: string };
    if (body.error?.code) return body.error;
    if (body.errorCode) return { code: body.errorCode, message: body.errorDetails ?? body.errorCode, docs: "" };
  } catch {
    // Not JSON, so not from the server.
  }
  return { code: "unknown", message: `status ${status}: ${text.slice(0, 200) || "no body"}`, docs: "" };
}

/** `Retry-After` in seconds; it comes as a number of them or as a date. */
export function secondsOf(header: string | null, now = Date.now()): number | undefined {
  if (!header) return undefined;
  const seconds = /^\d+$/.test(header.trim()) ? Number(header) : (Date.parse(header) - now) / 1000;
  return Number.isFinite(seconds) ? Math.max(0, seconds) : undefined;
}

import type { components, paths } from "./schema.js";

/** The schemas of the server's description, by name: `Schemas["SearchBody"]`. */
export type Schemas = components["schemas"];

/** Every path of the API, as the server's description writes it. */
export type ApiPath = keyof paths;

type HttpMethod = "get" | "put" | "post" | "patch" | "delete";

/** The methods that a path has. */
export type MethodOf<P extends ApiPath> = {
  [M in HttpMethod]: paths[P][M] extends { responses: unknown } ? M : never;
}[HttpMethod];

type Json<T> = T extends { content: infer C } ? C[keyof C] : undefined;
type At<T, K extends PropertyKey> = K extends keyof T ? T[K] : never;

/** What a call is answered with. */
export type Answer<P extends ApiPath, M extends MethodOf<P>> = Json<
  At<At<paths[P][M], "responses">, 200 | 201 | 202 | 204>
>;

type PathOf<O> = O extends { parameters: { path: infer T } } ? { path: { [K in keyof T]: string | number } } : { path?: never };
type QueryOf<O> = O extends { parameters: { query: infer T } }
  ? { query: T }
  : O extends { parameters: { query?: infer T } }
    ? { query?: T }
    : { query?: never };
type BodyOf<O> = O extends { requestBody: { content: infer C } } ? { body: C[keyof C] } : { body?: never };

/** The parts that a call needs: what stands in the path, the query and the body. */
export type Parts<P extends ApiPath, M extends MethodOf<P>> = PathOf<paths[P][M]> &
  QueryOf<paths[P][M]> &
  BodyOf<paths[P][M]>;

/** The query of a route that is read with GET. */
export type Query<P extends ApiPath> = paths[P]["get"] extends { parameters: { query?: infer T } } ? NonNullable<T> : never;

/** Puts what is said into the braces of a path. */
export function filled(path: string, parts: Record<string, string | number> = {}): string {
  return path.replace(/\{(\w+)\}/g, (_, name: string) => {
    const part = parts[name];
    // `.` and `..` would be taken for steps of the path, written in whatever way.
    if (part === undefined || ["", ".", ".."].includes(String(part))) {
      throw new TypeError(`${path}: ${JSON.stringify(part)} cannot stand for {${name}}`);
    }
    return encodeURIComponent(part);
  });
}

/** Routes that only answer, though they are asked with POST because the question is long. */
const ASKED_BY_POST = [
  "/v1/{shop}/search",
  "/v1/{shop}/recommend",
  "/v1/{shop}/explain",
  "/v1/{shop}/understand",
  "/v1/{shop}/pictures/search",
  "/v1/{shop}/ofrep/v1/evaluate/flags",
  "/v1/{shop}/ofrep/v1/evaluate/flags/{key}",
];

/** Whether a second call changes nothing more. What is posted to be kept counts twice, unless the caller knows better. */
export function isIdempotent(method: string, path: string): boolean {
  return method !== "post" || ASKED_BY_POST.includes(path);
}

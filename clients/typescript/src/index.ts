/** Client of the Mercato search and recommendation server. */
export { Events, Experiments, Flags, Items, Keys, Mercato, Settings, Shop, Shops } from "./client.js";
export { ApiError, MercatoError, NetworkError, TimeoutError, type ErrorDetail } from "./errors.js";
export type { Answer, ApiPath, MethodOf, Parts, Query, Schemas } from "./routes.js";
export type { paths } from "./schema.js";
export type { CallOptions, ClientOptions } from "./transport.js";

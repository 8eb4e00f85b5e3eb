// Made by `npm run generate` from the server's OpenAPI document. Not to be changed by hand.

export interface paths {
    "/health": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Is the process alive? */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description It is. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["StatusAnswer"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Metrics in the text format of Prometheus. Needs the administrator's key unless the server is told otherwise. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The metrics. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "text/plain": string;
                    };
                };
                /** @description See `/errors`. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/ready": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Are all shops open? */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description All are. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["StatusAnswer"];
                    };
                };
                /** @description Not yet, or not any more. */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/shops": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the shops. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description All shops. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "shops": [
                         *         {
                         *           "id": "amazon"
                         *         },
                         *         {
                         *           "id": "gifts"
                         *         }
                         *       ]
                         *     }
                         */
                        "application/json": components["schemas"]["ShopPage"];
                    };
                };
                /** @description See `/errors`. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
            };
        };
        put?: never;
        /** Make a shop. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["ShopBody"];
                };
            };
            responses: {
                /** @description Made. */
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ShopAnswer"];
                    };
                };
                /** @description See `/errors`. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/shops/{shop}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Look whether a shop exists. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /**
                     * @description The shop's name
                     * @example gifts
                     */
                    shop: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description It does. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ShopAnswer"];
                    };
                };
                /** @description See `/errors`. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        /** Delete a shop: its log, catalogue, indices, settings and keys. This cannot be undone. */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /**
                     * @description The shop's name
                     * @example gifts
                     */
                    shop: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Gone. */
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description See `/errors`. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/{call}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Take calls of Segment's libraries: `batch`, `track`, `page`, `screen`, `identify`, `group`, `alias`.
         * @description The write key (user name of `Authorization: Basic`, else `writeKey` in the body) is a key of a shop, of any scope: what
         *     comes in this way is what shoppers did, never a change of the catalogue. Without keys it is the shop's name. What can be
         *     read is taken, and what cannot be is listed; an answer is 4xx where nothing can.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /**
                     * @description The kind of call
                     * @example batch
                     */
                    call: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    /**
                     * @example {
                     *       "batch": [
                     *         {
                     *           "type": "track",
                     *           "messageId": "m-1",
                     *           "anonymousId": "a-1",
                     *           "event": "Product Viewed",
                     *           "timestamp": "2026-11-21T23:00:00Z",
                     *           "properties": {
                     *             "product_id": "boots-1"
                     *           }
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": Record<string, unknown>;
                };
            };
            responses: {
                /** @description Durable. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["TrackedAnswer"];
                    };
                };
                /** @description See `/errors`. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/{shop}/alerts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List items, brands and topics whose share of negative reviews rose significantly against its own past.
         * @description Each is watched week by week by a test that may be looked at as often as one likes; of those told, the share of false
         *     alerts is bounded by `false_share`.
         */
        get: {
            parameters: {
                query?: {
                    /**
                     * @description Rises that were noticed in the last so many days, 1 to 730; 90 where not said.
                     * @example 30
                     */
                    days?: number;
                    /**
                     * @description The share of false alerts among those told, above 0 to 0.5; 0.05 where not said.
                     * @example 0.05
                     */
                    false_share?: number;
                    /**
                     * @description Quotes of each alert, 0 to 20; 3 where not said.
                     * @example 2
                     */
                    quotes?: number;
                };
                header?: never;
                path: {
                    /**
                     * @description The shop
                     * @example amazon
                     */
                    shop: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The alerts, with their evidence. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["AlertsAnswer"];
                    };
                };
                /** @description See `/errors`. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/{shop}/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List who changed what of the shop's decisions, and when. */
        get: {
            parameters: {
                query?: {
                    /**
                     * @description Only changes before this number; the last ones where not said.
                     * @example 40
                     */
                    before?: number;
                    /**
                     * @description Changes to return, 1 to 1000; 100 where not said.
                     * @example 20
                     */
                    limit?: number;
                };
                header?: never;
                path: {
                    /**
                     * @description The shop
                     * @example gifts
                     */
                    shop: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The changes, newest first. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["AuditAnswer"];
                    };
                };
                /** @description See `/errors`. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/{shop}/audit/{change}/undo": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Take a change of a curation, the settings or the synonyms back. Refused where the same was changed again since; to undo is
         *     a change itself, and can be taken back.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /**
                     * @description The shop
                     * @example gifts
                     */
                    shop: string;
                    /**
                     * @description The change's number
                     * @example 12
                     */
                    change: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Taken back; the change that did so. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ChangeAnswer"];
                    };
                };
                /** @description See `/errors`. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/{shop}/curations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the shop's curations, with what is published and what is still a draft. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /**
                     * @description The shop
                     * @example gifts
                     */
                    shop: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The curations, by id. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["CurationsAnswer"];
                    };
                };
                /** @description See `/errors`. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/{shop}/curations/{curation}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read one curation. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /**
                     * @description The shop
                     * @example gifts
                     */
                    shop: string;
                    /**
                     * @description Its id
                     * @example winter
                     */
                    curation: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The curation. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["CurationAnswer"];
                    };
                };
                /** @description See `/errors`. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
            };
        };
        /** Save the draft of a curation, beside what is published. Searches that name it in `preview` are answered with it. */
        put: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /**
                     * @description The shop
                     * @example gifts
                     */
                    shop: string;
                    /**
                     * @description Its id: 1 to 64 of letters, digits, `-` and `_`
                     * @example winter
                     */
                    curation: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["Curation"];
                };
            };
            responses: {
                /** @description Saved. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["CurationAnswer"];
                    };
                };
                /** @description See `/errors`. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
            };
        };
        post?: never;
        /** Delete a curation, draft and all. `POST /v1/{shop}/audit/{change}/undo` brings it back. */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /**
                     * @description The shop
                     * @example gifts
                     */
                    shop: string;
                    /**
                     * @description Its id
                     * @example winter
                     */
                    curation: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Gone. */
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description See `/errors`. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/{shop}/curations/{curation}/publish": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Publish the draft of a curation: from now on, while its time is, it has its say in searches. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /**
                     * @description The shop
                     * @example gifts
                     */
                    shop: string;
                    /**
                     * @description Its id
                     * @example winter
                     */
                    curation: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Published. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["CurationAnswer"];
                    };
                };
                /** @description See `/errors`. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/{shop}/curations/{curation}/withdraw": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Take what is published of a curation out of force; it becomes the draft where there is none. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /**
                     * @description The shop
                     * @example gifts
                     */
                    shop: string;
                    /**
                     * @description Its id
                     * @example winter
                     */
                    curation: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Withdrawn. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["CurationAnswer"];
                    };
                };
                /** @description See `/errors`. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/{shop}/duplicates": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Which items are the same product twice, and which are variants of one, with evidence and what accepting it changes. As
         *     with quality, a large catalogue takes a while: ask again.
         */
        get: {
            parameters: {
                query?: {
                    /** @description `duplicate` or `variant`; both where not said. */
                    relation?: string;
                    /** @description How likely at least, 0 to 1. */
                    probability?: number;
                    /** @description Groups to skip: the `next` of the page before. */
                    after?: number;
                    /** @description Groups at most, 1 to 1000; 100 where not said. */
                    limit?: number;
                };
                header?: never;
                path: {
                    /**
                     * @description The shop
                     * @example amazon
                     */
                    shop: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The report, or how far it is. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["SameProductAnswer"];
                    };
                };
                /** @description See `/errors`. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/{shop}/duplicates/judgements": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What people said of pairs. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /**
                     * @description The shop
                     * @example amazon
                     */
                    shop: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description All judgements. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["JudgementsBody"];
                    };
                };
                /** @description See `/errors`. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
            };
        };
        put?: never;
        /**
         * Say whether pairs are the same product. The next report keeps to it, and learns from it once there are 20 pairs of each
         *     kind and what is learnt is better than what every shop begins with.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /**
                     * @description The shop
                     * @example amazon
                     */
                    shop: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["JudgementsBody"];
                };
            };
            responses: {
                /** @description Kept. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["JudgedAnswer"];
                    };
                };
                /** @description See `/errors`. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/{shop}/enrich": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Page through the items that have found values. */
        get: {
            parameters: {
                query?: {
                    /** @description Id of the last item seen. */
                    after?: string;
                    /** @description Items at most, 1 to 1000; 100 where not said. */
                    limit?: number;
                };
                header?: never;
                path: {
                    /**
                     * @description The shop
                     * @example amazon
                     */
                    shop: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description A page. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["FoundValuesPage"];
                    };
                };
                /** @description See `/errors`. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
            };
        };
        put?: never;
        /**
         * Find values for what items lack, in their own texts and by the items like them, and write those that are sure enough as
         *     events: the shop's own values always win. Each attribute's precision is measured on values that were held out. With
         *     `dry_run` nothing is written. As with quality, a large catalogue takes a while: where `checking` says so, ask again.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /**
                     * @description The shop
                     * @example amazon
                     */
                    shop: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["EnrichBody"];
                };
            };
            responses: {
                /** @description What was found and written, or how far it is. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["EnrichAnswer"];
                    };
                };
                /** @description See `/errors`. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
            };
        };
        /** Take back what was found for these attributes; of all where none is named. */
        delete: {
            parameters: {
                query?: {
                    /**
                     * @description Attributes, separated by commas; all where none is named.
                     * @example brand,颜色
                     */
                    attributes?: string;
                };
                header?: never;
                path: {
                    /**
                     * @description The shop
                     * @example amazon
                     */
                    shop: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description What was written. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["EnrichedAnswer"];
                    };
                };
                /** @description See `/errors`. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/{shop}/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Append events: one object, an array, or a line each (`application/x-ndjson`).
         * @description The answer comes when they are durable, and the next search or recommendation reflects them. An event without an `event_id`
         *     gets a random one; send your own to make repeats harmless. All or nothing: one refused row refuses the batch.
         *
         *     Events may also come as others write them (`format`, else told by the first documents): Segment, GA4, insights, Google
         *     Retail, UBI, Gorse, Snowplow. Their ids are made from the documents, so that repeats are harmless; what has no
         *     counterpart is listed in `skipped`. `docs/conventions.md` tells what becomes of what.
         *
         *     Pages of a shop send theirs with `/m.js`, with a key behind the `?`.
         */
        post: {
            parameters: {
                query?: {
                    /**
                     * @description By which convention: `native`, `segment`, `ga4`, `ga4-bigquery`, `insights`, `google-retail`, `ubi`, `gorse` or
                     *     `snowplow`; told by the first documents where not said.
                     */
                    format?: string;
                    /** @description The currency of amounts that name none, for other conventions than ours. */
                    currency?: string;
                    /**
                     * @description A key of the shop, of any scope, in place of a header: for pages, whose beacons cannot have one. It lets in what shoppers did
                     *     and were shown, with whatever content type.
                     */
                    key?: string;
                };
                header?: never;
                path: {
                    /**
                     * @description The shop
                     * @example gifts
                     */
                    shop: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["Event"];
                };
            };
            responses: {
                /** @description Durable. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "accepted": 1,
                         *       "duplicates": 0,
                         *       "end": 1025
                         *     }
                         */
                        "application/json": components["schemas"]["EventsAnswer"];
                    };
                };
                /** @description Too much work; `Retry-After` says when to try again. */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
                /** @description See `/errors`. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/{shop}/events/live": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Follow the shop's events as they come, as server-sent events: each is `{"position", "event"}` as in the log. Where they come
         *     faster than they can be told, some are passed over, and `{"passed_over"}` says how many.
         */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /**
                     * @description The shop
                     * @example gifts
                     */
                    shop: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Events, until one of both sides ends it. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "text/event-stream": string;
                    };
                };
                /** @description See `/errors`. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/{shop}/experiments": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the experiments, running and ended. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /**
                     * @description The shop
                     * @example gifts
                     */
                    shop: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The experiments. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ExperimentsAnswer"];
                    };
                };
                /** @description See `/errors`. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
            };
        };
        put?: never;
        /**
         * Begin an experiment. The next request may be in it; who gets which arm is a hash of who asks, and the arm is logged with
         *     what was shown.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /**
                     * @description The shop
                     * @example gifts
                     */
                    shop: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["Experiment"];
                };
            };
            responses: {
                /** @description It runs. */
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Experiment"];
                    };
                };
                /** @description See `/errors`. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/{shop}/experiments/{experiment}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read one experiment. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /**
                     * @description The shop
                     * @example gifts
                     */
                    shop: string;
                    /**
                     * @description Its name
                     * @example more-variety
                     */
                    experiment: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The experiment. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Experiment"];
                    };
                };
                /** @description See `/errors`. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        /** Forget an ended experiment. What the log says of it stays. */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /**
                     * @description The shop
                     * @example gifts
                     */
                    shop: string;
                    /**
                     * @description Its name
                     * @example more-variety
                     */
                    experiment: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Gone. */
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description See `/errors`. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        /** Widen a running experiment, or take an arm out. Nobody moves to another arm. */
        patch: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /**
                     * @description The shop
                     * @example gifts
                     */
                    shop: string;
                    /**
                     * @description Its name
                     * @example more-variety
                     */
                    experiment: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["ExperimentChangeBody"];
                };
            };
            responses: {
                /** @description The experiment as it is now. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Experiment"];
                    };
                };
                /** @description See `/errors`. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
            };
        };
        trace?: never;
    };
    "/v1/{shop}/experiments/{experiment}/report": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Report what came of an experiment so far: its metrics with intervals, valid at the end and at any time, guardrails,
         *     segments, and whether its visitors came as planned. The first report reads the log, later ones what came since.
         */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /**
                     * @description The shop
                     * @example gifts
                     */
                    shop: string;
                    /**
                     * @description Its name
                     * @example more-variety
                     */
                    experiment: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The report. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ExperimentReportAnswer"];
                    };
                };
                /** @description See `/errors`. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/{shop}/experiments/{experiment}/stop": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Stop an experiment: all are served as without it from the next request on. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /**
                     * @description The shop
                     * @example gifts
                     */
                    shop: string;
                    /**
                     * @description Its name
                     * @example more-variety
                     */
                    experiment: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["ExperimentStopBody"];
                };
            };
            responses: {
                /** @description It has ended. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Experiment"];
                    };
                };
                /** @description See `/errors`. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/{shop}/explain": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Explain where an item stands in an answer, and why, or why not. Nothing is logged as shown. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /**
                     * @description The shop
                     * @example amazon
                     */
                    shop: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["ExplainBody"];
                };
            };
            responses: {
                /** @description Where it stands. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ExplainAnswer"];
                    };
                };
                /** @description See `/errors`. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/{shop}/exploration": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read what is explored. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /**
                     * @description The shop
                     * @example gifts
                     */
                    shop: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description By surface; nothing where nothing is explored. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Exploration"];
                    };
                };
                /** @description See `/errors`. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
            };
        };
        /** Say what is explored, whole: what is not said is not explored. What was learnt under other settings is forgotten. */
        put: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /**
                     * @description The shop
                     * @example gifts
                     */
                    shop: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["Exploration"];
                };
            };
            responses: {
                /** @description In force from the next request on, whole. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Exploration"];
                    };
                };
                /** @description See `/errors`. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
            };
        };
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/{shop}/intents": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read the shop's own intents, with how well they are told apart. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /**
                     * @description The shop
                     * @example amazon
                     */
                    shop: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The intents. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["IntentsAnswer"];
                    };
                };
                /** @description See `/errors`. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
            };
        };
        /**
         * Define the shop's own intents by 5 to 20 examples each, all of them at once. Answers with how well each is told from the
         *     others by cross-validation; readings use them at once, beside the built-in ones.
         */
        put: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /**
                     * @description The shop
                     * @example amazon
                     */
                    shop: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["IntentsBody"];
                };
            };
            responses: {
                /** @description In force. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["IntentsAnswer"];
                    };
                };
                /** @description See `/errors`. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
            };
        };
        post?: never;
        /** Take the shop's own intents away. */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /**
                     * @description The shop
                     * @example amazon
                     */
                    shop: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Gone. */
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description See `/errors`. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/{shop}/items": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Page through the catalogue in order of id. */
        get: {
            parameters: {
                query?: {
                    /** @description Id of the last item seen. */
                    after?: string;
                    /** @description Items at most, 1 to 1000; 100 where not said. */
                    limit?: number;
                };
                header?: never;
                path: {
                    /**
                     * @description The shop
                     * @example amazon
                     */
                    shop: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description A page. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ItemPage"];
                    };
                };
                /** @description See `/errors`. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
            };
        };
        put?: never;
        /**
         * Put many items: an array, or one a line (`application/x-ndjson`). All or nothing: one refused row refuses the batch,
         *     and every refused row is listed (the first 100).
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /**
                     * @description The shop
                     * @example amazon
                     */
                    shop: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["Item"][];
                };
            };
            responses: {
                /** @description Durable; searchable by words within a second. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["BatchAnswer"];
                    };
                };
                /** @description See `/errors`. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/{shop}/items/{item}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read an item. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /**
                     * @description The shop
                     * @example amazon
                     */
                    shop: string;
                    /**
                     * @description The item
                     * @example boots-1
                     */
                    item: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The item. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Item"];
                    };
                };
                /** @description See `/errors`. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
            };
        };
        /** Put an item, whole: what it had before is gone. */
        put: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /**
                     * @description The shop
                     * @example amazon
                     */
                    shop: string;
                    /**
                     * @description The item; `id` in the body may be left out
                     * @example boots-1
                     */
                    item: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["Item"];
                };
            };
            responses: {
                /** @description Durable. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["BatchAnswer"];
                    };
                };
                /** @description See `/errors`. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
            };
        };
        post?: never;
        /** Delete an item. */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /**
                     * @description The shop
                     * @example amazon
                     */
                    shop: string;
                    /**
                     * @description The item
                     * @example boots-1
                     */
                    item: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Durable. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["BatchAnswer"];
                    };
                };
                /** @description See `/errors`. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        /** Change some attributes of an item; `null` removes one. Nothing is embedded or tokenised again that did not change. */
        patch: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /**
                     * @description The shop
                     * @example amazon
                     */
                    shop: string;
                    /**
                     * @description The item
                     * @example boots-1
                     */
                    item: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    /**
                     * @example {
                     *       "price": {
                     *         "amount": 79.9,
                     *         "currency": "EUR"
                     *       },
                     *       "stock": 3
                     *     }
                     */
                    "application/json": components["schemas"]["ItemPatch"];
                };
            };
            responses: {
                /** @description Durable. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["BatchAnswer"];
                    };
                };
                /** @description See `/errors`. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
            };
        };
        trace?: never;
    };
    "/v1/{shop}/items/{item}/picture": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Give an item a picture: JPEG, PNG or WebP, at most 12 MiB and 40 million pixels. What an image encoder sees in it is
         *     kept with the item; the picture itself is not. `{"picture": null}` in a patch takes it away.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /**
                     * @description The shop
                     * @example amazon
                     */
                    shop: string;
                    /**
                     * @description The item
                     * @example boots-1
                     */
                    item: string;
                };
                cookie?: never;
            };
            /** @description The picture's file, as it is. */
            requestBody: {
                content: {
                    "image/jpeg": number[];
                };
            };
            responses: {
                /** @description Durable. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["BatchAnswer"];
                    };
                };
                /** @description See `/errors`. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/{shop}/items/{item}/reviews": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Sum up an item's reviews: praise and blame by aspect, quotes, what many say, week by week. Fit to be shown to shoppers. */
        get: {
            parameters: {
                query?: {
                    /**
                     * @description Weeks to tell apart, 1 to 104; 26 where not said.
                     * @example 12
                     */
                    weeks?: number;
                    /**
                     * @description Quotes of each point, 0 to 20; 3 where not said.
                     * @example 2
                     */
                    quotes?: number;
                    /**
                     * @description Topics, 0 to 200; 20 where not said.
                     * @example 10
                     */
                    topics?: number;
                };
                header?: never;
                path: {
                    /**
                     * @description The shop
                     * @example amazon
                     */
                    shop: string;
                    /**
                     * @description The item's id
                     * @example B07XJ8C8F5
                     */
                    item: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description What its reviews say. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ReviewsAnswer"];
                    };
                };
                /** @description See `/errors`. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/{shop}/items:batch": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Put, patch and delete many items in one batch: an array, or one operation a line. All or nothing. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /**
                     * @description The shop
                     * @example amazon
                     */
                    shop: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["ItemOperation"][];
                };
            };
            responses: {
                /** @description Durable. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["BatchAnswer"];
                    };
                };
                /** @description See `/errors`. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/{shop}/keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List a shop's keys, without the keys themselves. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /**
                     * @description The shop
                     * @example gifts
                     */
                    shop: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The keys, oldest first. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["KeyPage"];
                    };
                };
                /** @description See `/errors`. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
            };
        };
        put?: never;
        /** Make a key. The answer is the only place where it is ever shown. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /**
                     * @description The shop
                     * @example gifts
                     */
                    shop: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["KeyBody"];
                };
            };
            responses: {
                /** @description Made. */
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["KeyMade"];
                    };
                };
                /** @description See `/errors`. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/{shop}/keys/{key}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Delete a key; it opens nothing from now on. */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /**
                     * @description The shop
                     * @example gifts
                     */
                    shop: string;
                    /**
                     * @description The key's id, as listed
                     * @example 5f2c6a9e01b7d348
                     */
                    key: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Gone. */
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description See `/errors`. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/{shop}/learning": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read how learning from every event does: what clicks teach, what exploring costs, what is kept out. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /**
                     * @description The shop
                     * @example gifts
                     */
                    shop: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The report. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["LearningAnswer"];
                    };
                };
                /** @description See `/errors`. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/{shop}/log": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read the event log from a position on. */
        get: {
            parameters: {
                query?: {
                    /** @description First position wanted; 0 is the first event. */
                    from?: number;
                    /** @description Events at most, 1 to 1000; 100 where not said. */
                    limit?: number;
                };
                header?: never;
                path: {
                    /**
                     * @description The shop
                     * @example gifts
                     */
                    shop: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Events in order. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["LogPage"];
                    };
                };
                /** @description See `/errors`. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/{shop}/ofrep/v1/evaluate/flags": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Evaluate all flags (OFREP). The answer has an `ETag`; where it is sent back in `If-None-Match` and nothing has changed,
         *     the answer is 304.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /**
                     * @description The shop
                     * @example gifts
                     */
                    shop: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["EvaluationBody"];
                };
            };
            responses: {
                /** @description The flags. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["EvaluationsAnswer"];
                    };
                };
                /** @description As before. */
                304: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description The context cannot be read. */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["EvaluationFailure"];
                    };
                };
                /** @description See `/errors`. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/{shop}/ofrep/v1/evaluate/flags/{key}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Evaluate one flag (OFREP): the arm of an experiment that a visitor gets, and its value. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /**
                     * @description The shop
                     * @example gifts
                     */
                    shop: string;
                    /**
                     * @description The experiment
                     * @example more-variety
                     */
                    key: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["EvaluationBody"];
                };
            };
            responses: {
                /** @description The flag. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["EvaluationAnswer"];
                    };
                };
                /** @description The context cannot be read. */
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["EvaluationFailure"];
                    };
                };
                /** @description There is no such flag. */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["EvaluationFailure"];
                    };
                };
                /** @description See `/errors`. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/{shop}/pictures/duplicates": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Items whose pictures are the same or nearly so, in groups, the largest first. Takes some milliseconds an item. */
        get: {
            parameters: {
                query?: {
                    /** @description From this cosine on two pictures are the same, 0.5 to 1; 0.98 where not said. */
                    cosine?: number;
                };
                header?: never;
                path: {
                    /**
                     * @description The shop
                     * @example amazon
                     */
                    shop: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The groups. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["DuplicatesAnswer"];
                    };
                };
                /** @description See `/errors`. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/{shop}/pictures/search": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Search with a picture in the body that may be large: as `POST /v1/{shop}/search`, up to 12 MiB. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /**
                     * @description The shop
                     * @example amazon
                     */
                    shop: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["SearchBody"];
                };
            };
            responses: {
                /** @description The answer. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["SlateAnswer"];
                    };
                };
                /** @description Too much work; `Retry-After` says when to try again. */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
                /** @description See `/errors`. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/{shop}/policies": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read what the shop says of itself. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /**
                     * @description The shop
                     * @example amazon
                     */
                    shop: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The texts. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["PoliciesBody"];
                    };
                };
                /** @description See `/errors`. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
            };
        };
        /**
         * Say what the shop says of itself, all of it at once: policies and answers to frequent questions. Assistants find passages of
         *     it by the tool `search_shop_policies_and_faqs`, from the next question on.
         */
        put: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /**
                     * @description The shop
                     * @example amazon
                     */
                    shop: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["PoliciesBody"];
                };
            };
            responses: {
                /** @description In force. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["PoliciesBody"];
                    };
                };
                /** @description See `/errors`. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
            };
        };
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/{shop}/quality": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What is wrong with the catalogue, with evidence and fixes. Where the catalogue has changed since the last report, a new
         *     one is begun; small shops are read at once, of others `checking` says how far it is: ask again.
         */
        get: {
            parameters: {
                query?: {
                    /**
                     * @description Rules, separated by commas: `not_a_product`, `outlier`, `contradiction`, `missing`, `wrong_category`, `duplicate`.
                     * @example outlier,contradiction
                     */
                    rule?: string;
                    /** @description Categories that begin so, such as `Shoes > Hiking`. */
                    category?: string;
                    /**
                     * @description The attribute they are about.
                     * @example price
                     */
                    attribute?: string;
                    /** @description Only those that can be mended (or with `false`, that cannot). */
                    fixable?: boolean;
                    /** @description How grave and sure at least, 0 to 1. */
                    severity?: number;
                    /** @description Findings to skip: the `next` of the page before. */
                    after?: number;
                    /** @description Findings at most, 1 to 1000; 100 where not said. */
                    limit?: number;
                };
                header?: never;
                path: {
                    /**
                     * @description The shop
                     * @example amazon
                     */
                    shop: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The report, or how far it is. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["QualityAnswer"];
                    };
                };
                /** @description See `/errors`. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/{shop}/queries": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List what is searched for: queries that found nothing or that nobody clicks after, each with what may mend it, and other
         *     lists; or queries that are searched for after another.
         */
        get: {
            parameters: {
                query?: {
                    /**
                     * @description Queries that are searched for after this one; where not said, queries that found nothing, or that nobody
                     *     clicks after, are listed.
                     * @example 连衣裙
                     */
                    after?: string;
                    /**
                     * @description Which are listed: `troubled` (where not said: `found-nothing`, then `no-clicks`), `top`, `rising` (asked much more often of
                     *     late), `found-nothing`, `no-clicks` or `abandoned` (no click, and no other query either that was then clicked after).
                     * @example rising
                     */
                    by?: string;
                    /**
                     * @description Queries to return, 1 to 1000; 100 where not said.
                     * @example 10
                     */
                    limit?: number;
                };
                header?: never;
                path: {
                    /**
                     * @description The shop
                     * @example amazon
                     */
                    shop: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The queries. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["QueriesAnswer"];
                    };
                };
                /** @description See `/errors`. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/{shop}/rankers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the trained rankers: versions, what is in force, and how each did. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /**
                     * @description The shop
                     * @example gifts
                     */
                    shop: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The versions of each kind. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["RankersAnswer"];
                    };
                };
                /** @description See `/errors`. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/{shop}/rankers/{kind}/roll-back": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Take the last promotion back: what was in force before is again, at last the untrained ranker. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /**
                     * @description The shop
                     * @example gifts
                     */
                    shop: string;
                    /**
                     * @description `search` or `recommend`
                     * @example search
                     */
                    kind: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description What is in force now. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["InForceAnswer"];
                    };
                };
                /** @description See `/errors`. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/{shop}/rankers/{kind}/train": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How does the last training of this kind of ranker stand? */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /**
                     * @description The shop
                     * @example gifts
                     */
                    shop: string;
                    /**
                     * @description `search` or `recommend`
                     * @example search
                     */
                    kind: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description How it stands. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["TrainingAnswer"];
                    };
                };
                /** @description See `/errors`. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
            };
        };
        put?: never;
        /**
         * Train a ranker on the shop's own log in the background. Ways of training are compared by cross-validation, and the best
         *     with the untrained ranker on the last fifth of the answers; it is trained again on everything and kept as a new version.
         *     One training at a time; ask for its state with GET, stop it with DELETE.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /**
                     * @description The shop
                     * @example gifts
                     */
                    shop: string;
                    /**
                     * @description `search` or `recommend`
                     * @example search
                     */
                    kind: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["TrainRankerBody"];
                };
            };
            responses: {
                /** @description Begun. */
                202: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["TrainingAnswer"];
                    };
                };
                /** @description See `/errors`. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
            };
        };
        /** Stop the training of this kind of ranker that is under way; nothing of it is kept. */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /**
                     * @description The shop
                     * @example gifts
                     */
                    shop: string;
                    /**
                     * @description `search` or `recommend`
                     * @example search
                     */
                    kind: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description It stops within a second or so. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["TrainingAnswer"];
                    };
                };
                /** @description See `/errors`. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/{shop}/rankers/{kind}/{version}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One version with its whole report: the comparison, the importance of every feature, the curve of its training. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /**
                     * @description The shop
                     * @example gifts
                     */
                    shop: string;
                    /**
                     * @description `search` or `recommend`
                     * @example search
                     */
                    kind: string;
                    /**
                     * @description The version
                     * @example 3
                     */
                    version: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The version. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["RankerAnswer"];
                    };
                };
                /** @description See `/errors`. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/{shop}/rankers/{kind}/{version}/promote": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Put a version in force: the next request is scored by it. One that is damaged, or reads features that this server
         *     computes otherwise, is refused.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /**
                     * @description The shop
                     * @example gifts
                     */
                    shop: string;
                    /**
                     * @description `search` or `recommend`
                     * @example search
                     */
                    kind: string;
                    /**
                     * @description The version
                     * @example 3
                     */
                    version: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description In force. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["InForceAnswer"];
                    };
                };
                /** @description See `/errors`. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/{shop}/recommend": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Recommend with everything in the address, for curl and browsers. */
        get: {
            parameters: {
                query?: {
                    /**
                     * @description What to recommend.
                     * @example popular
                     */
                    kind?: string;
                    /** @description Where it will stand. */
                    surface?: string;
                    /** @description Items to start from. */
                    items?: string;
                    /** @description The shopper. */
                    user?: string;
                    /** @description A guest. */
                    anonymous?: string;
                    /** @description The visit. */
                    session?: string;
                    /** @description What may be shown. */
                    filter?: string;
                    /**
                     * @description Items to return, 1 to 1000.
                     * @example 5
                     */
                    limit?: number;
                    /** @description Whether every item explains itself. */
                    explain?: boolean;
                };
                header?: never;
                path: {
                    /**
                     * @description The shop
                     * @example gifts
                     */
                    shop: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The answer. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["SlateAnswer"];
                    };
                };
                /** @description See `/errors`. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
            };
        };
        put?: never;
        /** Recommend. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /**
                     * @description The shop
                     * @example gifts
                     */
                    shop: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["RecommendBody"];
                };
            };
            responses: {
                /** @description The answer. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["SlateAnswer"];
                    };
                };
                /** @description Too much work; `Retry-After` says when to try again. */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
                /** @description See `/errors`. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/{shop}/recommenders": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the trained recommenders with their reports. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /**
                     * @description The shop
                     * @example gifts
                     */
                    shop: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The versions of each kind. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["RecommendersAnswer"];
                    };
                };
                /** @description See `/errors`. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/{shop}/recommenders/promote": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Put a version in force: the next request is answered by it. One that is damaged or of another catalogue is refused. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /**
                     * @description The shop
                     * @example gifts
                     */
                    shop: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["PromoteBody"];
                };
            };
            responses: {
                /** @description In force. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["InForceAnswer"];
                    };
                };
                /** @description See `/errors`. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/{shop}/recommenders/roll-back": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Take the last promotion of a kind back: what was in force before is again, at last what is learnt live. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /**
                     * @description The shop
                     * @example gifts
                     */
                    shop: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["RollBackBody"];
                };
            };
            responses: {
                /** @description What is in force now. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["InForceAnswer"];
                    };
                };
                /** @description See `/errors`. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/{shop}/recommenders/train": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How does the last training stand? */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /**
                     * @description The shop
                     * @example gifts
                     */
                    shop: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description How it stands. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["TrainingAnswer"];
                    };
                };
                /** @description See `/errors`. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
            };
        };
        put?: never;
        /**
         * Train a recommender in the background. The chosen models learn the log up to its last days and are compared there, side
         *     by side with what is in force and what is learnt live; the best is trained again on everything and kept as a new version.
         *     One training at a time; ask for its state with GET, stop it with DELETE.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /**
                     * @description The shop
                     * @example gifts
                     */
                    shop: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["TrainBody"];
                };
            };
            responses: {
                /** @description Begun. */
                202: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["TrainingAnswer"];
                    };
                };
                /** @description See `/errors`. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
            };
        };
        /** Stop the training that is under way; nothing of it is kept. */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /**
                     * @description The shop
                     * @example gifts
                     */
                    shop: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description It stops within a second or so. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["TrainingAnswer"];
                    };
                };
                /** @description See `/errors`. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/{shop}/reviews": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Sum up the reviews of the shop, a brand or a category. */
        get: {
            parameters: {
                query?: {
                    /**
                     * @description Items of this brand only.
                     * @example Northwall
                     */
                    brand?: string;
                    /**
                     * @description Items of this category and those below it only: its path, or the end of one, joined by `>`.
                     * @example 女装 > 连衣裙
                     */
                    category?: string;
                    /**
                     * @description Weeks to tell apart, 1 to 104; 26 where not said.
                     * @example 12
                     */
                    weeks?: number;
                    /**
                     * @description Quotes of each point, 0 to 20; 3 where not said.
                     * @example 2
                     */
                    quotes?: number;
                    /**
                     * @description Topics, 0 to 200; 20 where not said.
                     * @example 10
                     */
                    topics?: number;
                };
                header?: never;
                path: {
                    /**
                     * @description The shop
                     * @example amazon
                     */
                    shop: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description What the reviews say. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ReviewsAnswer"];
                    };
                };
                /** @description See `/errors`. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/{shop}/search": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Search with everything in the address, for curl and browsers. */
        get: {
            parameters: {
                query?: {
                    /**
                     * @description What was typed.
                     * @example 连衣裙
                     */
                    q?: string;
                    /**
                     * @description What may be shown.
                     * @example price < 200
                     */
                    filter?: string;
                    /**
                     * @description Attributes to count.
                     * @example brand,category
                     */
                    facets?: string;
                    /**
                     * @description Order, such as `price:asc,rating:desc`.
                     * @example price:asc
                     */
                    sort?: string;
                    /** @description Whether variants of one group are shown as one. */
                    group?: boolean;
                    /** @description Items to skip. */
                    offset?: number;
                    /**
                     * @description Items to return, 1 to 1000.
                     * @example 5
                     */
                    limit?: number;
                    /** @description The `next` of the page before. */
                    cursor?: string;
                    /** @description `hybrid`, `lexical` or `dense`. */
                    method?: string;
                    /** @description The shopper. */
                    user?: string;
                    /** @description A guest. */
                    anonymous?: string;
                    /** @description The visit. */
                    session?: string;
                    /** @description Whether every item explains itself. */
                    explain?: boolean;
                };
                header?: never;
                path: {
                    /**
                     * @description The shop
                     * @example amazon
                     */
                    shop: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The answer. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["SlateAnswer"];
                    };
                };
                /** @description See `/errors`. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
            };
        };
        put?: never;
        /** Search. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /**
                     * @description The shop
                     * @example amazon
                     */
                    shop: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["SearchBody"];
                };
            };
            responses: {
                /** @description The answer. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["SlateAnswer"];
                    };
                };
                /** @description Too much work; `Retry-After` says when to try again. */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
                /** @description See `/errors`. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/{shop}/selling-points": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read the selling points that are looked for in items' texts. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /**
                     * @description The shop
                     * @example amazon
                     */
                    shop: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description All of them. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["SellingPointsBody"];
                    };
                };
                /** @description See `/errors`. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
            };
        };
        /**
         * Look for other selling points from now on, all of them: each by a few phrases that say it, or by many labelled ones. The
         *     next enrichment tells them by the shop's first encoder, and how well it does so.
         */
        put: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /**
                     * @description The shop
                     * @example amazon
                     */
                    shop: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["SellingPointsBody"];
                };
            };
            responses: {
                /** @description In force. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["SellingPointsBody"];
                    };
                };
                /** @description See `/errors`. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
            };
        };
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/{shop}/series": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read what happened in the shop over time: searches, what followed from them, what they earned and how long they took. */
        get: {
            parameters: {
                query?: {
                    /**
                     * @description Its beginning, in milliseconds since 1970; a week before its end where not said.
                     * @example 1763600000000
                     */
                    from?: number;
                    /**
                     * @description Its end, itself outside; now where not said.
                     * @example 1764200000000
                     */
                    until?: number;
                    /**
                     * @description `hour` (where not said) or `day`, in UTC.
                     * @example hour
                     */
                    step?: string;
                };
                header?: never;
                path: {
                    /**
                     * @description The shop
                     * @example gifts
                     */
                    shop: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Step by step; the last 400 days are remembered. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["SeriesAnswer"];
                    };
                };
                /** @description See `/errors`. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/{shop}/settings": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read the settings in force, whole. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /**
                     * @description The shop
                     * @example amazon
                     */
                    shop: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The settings. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Settings"];
                    };
                };
                /** @description See `/errors`. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
            };
        };
        /**
         * Put settings in force, whole: what is not said gets its default. An index they change is rebuilt beside the live one
         *     and swapped in.
         */
        put: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /**
                     * @description The shop
                     * @example amazon
                     */
                    shop: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["Settings"];
                };
            };
            responses: {
                /** @description In force; the settings as understood. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Settings"];
                    };
                };
                /** @description See `/errors`. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
            };
        };
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/{shop}/settings:validate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Check settings without putting them in force: what is wrong with them, and whether an index would be built anew for them. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /**
                     * @description The shop
                     * @example amazon
                     */
                    shop: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    /**
                     * @example {
                     *       "diversity": 0.2
                     *     }
                     */
                    "application/json": components["schemas"]["Settings"];
                };
            };
            responses: {
                /** @description What would come of them. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ValidatedAnswer"];
                    };
                };
                /** @description See `/errors`. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/{shop}/stats": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read figures about the shop. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /**
                     * @description The shop
                     * @example amazon
                     */
                    shop: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The figures. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["StatsAnswer"];
                    };
                };
                /** @description See `/errors`. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/{shop}/strategies": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the strategies, and the policies that were learnt of when to follow which. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /**
                     * @description The shop
                     * @example gifts
                     */
                    shop: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description All of it. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["StrategiesAnswer"];
                    };
                };
                /** @description See `/errors`. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
            };
        };
        /**
         * Set the strategies, whole. Nobody follows them before an experiment has an arm with the change `"strategy": "random"`, or
         *     `"learned"` once a policy is in force. They stay as they are while such an experiment runs.
         */
        put: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /**
                     * @description The shop
                     * @example gifts
                     */
                    shop: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["Strategies"];
                };
            };
            responses: {
                /** @description As it holds from the next request on. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["StrategiesAnswer"];
                    };
                };
                /** @description See `/errors`. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
            };
        };
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/{shop}/strategies/train": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Learn from the log which strategy to follow when, in seconds. The policy is kept with what it would have brought to the
         *     sessions of visitors it did not learn from; it is not put in force.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /**
                     * @description The shop
                     * @example gifts
                     */
                    shop: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["LearnStrategyBody"];
                };
            };
            responses: {
                /** @description The version that was kept. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["StrategyVersionAnswer"];
                    };
                };
                /** @description See `/errors`. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/{shop}/strategies/withdraw": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Take the learnt policy out of force: arms that follow it are served as without it. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /**
                     * @description The shop
                     * @example gifts
                     */
                    shop: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Out of force. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["StrategiesAnswer"];
                    };
                };
                /** @description See `/errors`. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/{shop}/strategies/{version}/promote": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Put a learnt policy in force for arms that follow it; one that the log does not prove better is refused. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /**
                     * @description The shop
                     * @example gifts
                     */
                    shop: string;
                    /**
                     * @description The version
                     * @example 3
                     */
                    version: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description In force. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["StrategiesAnswer"];
                    };
                };
                /** @description See `/errors`. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/{shop}/suggest": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Suggest what a shopper may want to type; what they searched for themselves first. */
        get: {
            parameters: {
                query?: {
                    /**
                     * @description What was typed so far; nothing asks for what is wanted most.
                     * @example lianyi
                     */
                    q?: string;
                    /**
                     * @description Kinds with how many of each at most: `query:8,category:3,brand:3,product:3` where not said.
                     * @example query:8,category:3
                     */
                    kinds?: string;
                    /** @description The shopper, whose own searches come first. */
                    user?: string;
                    /** @description A guest. */
                    anonymous?: string;
                    /** @description The visit. */
                    session?: string;
                };
                header?: never;
                path: {
                    /**
                     * @description The shop
                     * @example amazon
                     */
                    shop: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Suggestions. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["SuggestAnswer"];
                    };
                };
                /** @description See `/errors`. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/{shop}/synonyms": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read the shop's synonyms. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /**
                     * @description The shop
                     * @example amazon
                     */
                    shop: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The rules. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["SynonymsBody"];
                    };
                };
                /** @description See `/errors`. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
            };
        };
        /** Put synonyms in force, all of them; the next search uses them. */
        put: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /**
                     * @description The shop
                     * @example amazon
                     */
                    shop: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["SynonymsBody"];
                };
            };
            responses: {
                /** @description In force; the rules as understood. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["SynonymsBody"];
                    };
                };
                /** @description See `/errors`. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
            };
        };
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/{shop}/synonyms/proposals": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List synonyms that clicks, searches and the catalogue speak for, with the evidence. None is in force until accepted. */
        get: {
            parameters: {
                query?: {
                    /**
                     * @description Proposals to return, 1 to 1000; 100 where not said.
                     * @example 10
                     */
                    limit?: number;
                };
                header?: never;
                path: {
                    /**
                     * @description The shop
                     * @example amazon
                     */
                    shop: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The proposals. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ProposalsAnswer"];
                    };
                };
                /** @description See `/errors`. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
            };
        };
        put?: never;
        /** Accept, reject or restore proposed synonyms. All or nothing; what is accepted is in force for the next search. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /**
                     * @description The shop
                     * @example amazon
                     */
                    shop: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["DecisionsBody"];
                };
            };
            responses: {
                /** @description Done. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["DecidedAnswer"];
                    };
                };
                /** @description See `/errors`. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/{shop}/understand": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Show how a query would be understood: what each step reads, on what evidence, and what follows. Nothing is logged. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /**
                     * @description The shop
                     * @example amazon
                     */
                    shop: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["UnderstandBody"];
                };
            };
            responses: {
                /** @description The reading. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ReadingAnswer"];
                    };
                };
                /** @description See `/errors`. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/{shop}/users/{user}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Erase a user: everything known of them is forgotten, and their events are no longer shown. */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /**
                     * @description The shop
                     * @example gifts
                     */
                    shop: string;
                    /**
                     * @description The user
                     * @example u-4711
                     */
                    user: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Durable. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["BatchAnswer"];
                    };
                };
                /** @description See `/errors`. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** @description The share of negative reviews rose against its own past. */
        AlertAnswer: {
            /** @description What came since, up to now. */
            after: components["schemas"]["ShareAnswer"];
            /** @description What was usual before. */
            before: components["schemas"]["ShareAnswer"];
            /** @description Aspects blamed since, the most blamed first. */
            blamed: components["schemas"]["BlamedAnswer"][];
            /**
             * Format: double
             * @description How many times better a rise explains the reviews than one share throughout does, whichever that is.
             */
            evidence: number;
            /** @description `item`, `brand`, `topic` (an aspect) or `all`. */
            kind: string;
            /** @description The item's id, the brand or the aspect. */
            name?: string | null;
            /** @description The beginning of the week whose reviews made it certain. */
            noticed: string;
            /** @description Negative words since. */
            quotes: components["schemas"]["QuoteAnswer"][];
            /** @description The beginning of the week since when it is thought to be higher. */
            since: string;
        };
        /** @description Where reviews became worse. */
        AlertsAnswer: {
            /** @description The surest first. */
            alerts: components["schemas"]["AlertAnswer"][];
            /** @description Items, brands and topics with enough reviews to be watched. */
            watched: number;
        };
        /** @description An interval and a p-value that hold at all looks at once. */
        AlwaysValidAnswer: {
            difference: components["schemas"]["IntervalAnswer"];
            /** Format: double */
            p_value: number;
        };
        /** @description An arm's visitors. */
        ArmAnswer: {
            name: string;
            removed: boolean;
            /** Format: int64 */
            visitors: number;
        };
        /** @description An aspect with the reviews that speak of it. */
        AspectAnswer: components["schemas"]["TallyAnswer"] & {
            /** @description Such as `quality`, `size`, `delivery`, `service`, `price`. */
            name: string;
        };
        /** @description Changes of what a shop decides. */
        AuditAnswer: {
            /** @description The newest first; the last thousand are remembered. */
            changes: components["schemas"]["ChangeAnswer"][];
        };
        /** @description Something told beside the results. */
        Banner: {
            /** @description Address of a picture. */
            image?: string | null;
            /** @description Where it leads. */
            link?: string | null;
            /** @description A few words. */
            text?: string | null;
            /** @description Its heading. */
            title: string;
        };
        /** @description What became of a batch. */
        BatchAnswer: {
            /** @description Rows that were new and are durable now. */
            accepted: number;
            /** @description Rows whose event id was known already; they changed nothing. */
            duplicates: number;
            /**
             * Format: int64
             * @description Position after the last event of the log.
             */
            end: number;
        };
        /** @description An aspect with how often it is blamed. */
        BlamedAnswer: {
            /**
             * Format: int32
             * @description Reviews that blame it since.
             */
            after: number;
            /** @description The aspect. */
            aspect: string;
            /**
             * Format: int32
             * @description Reviews that blamed it before.
             */
            before: number;
        };
        /** @description Words of the query stand side by side, or are the whole value of an attribute. */
        BoostAnswer: {
            /** @description The attribute. */
            field: string;
            /** @description `phrase`, `exact` (a whole value) or `number` (an article number, a model's name or a barcode). */
            kind: string;
            /**
             * Format: float
             * @description What it added to the words' score.
             */
            score: number;
            /** @description The words, as indexed; a whole value without its separators. */
            text: string;
        };
        /** @description A change, and who made it. */
        ChangeAnswer: {
            /**
             * @description What was done: `saved`, `published`, `withdrawn`, `created`, `changed`, `deleted`, `undone` or `done`.
             * @example published
             */
            action: string;
            /** @description How it is since. */
            after?: Record<string, unknown> | null;
            /** @description How it was; absent where it was not, or is not kept. */
            before?: Record<string, unknown> | null;
            by?: components["schemas"]["KeyNamed"] | null;
            /** @description Whether it can be taken back, unless it was changed again since. */
            can_undo: boolean;
            /**
             * Format: int64
             * @description Its number, counted from 1 in every shop.
             */
            id: number;
            /**
             * @description Kind of thing that was changed: `curation`, `settings`, `synonyms`, `key`, or the part of the API it was done with.
             * @example curation
             */
            kind: string;
            /**
             * Format: int64
             * @description When, in milliseconds since 1970.
             */
            time_ms: number;
            /**
             * @description Which one of the kind.
             * @example winter
             */
            what: string;
        };
        /** @description Something that has changed. */
        ChangeEvidenceAnswer: {
            /**
             * Format: double
             * @description What was, or was expected: a rate, a prediction, the loss of the last good model, a column.
             */
            expected: number;
            /**
             * Format: double
             * @description What is: a rate, the loss of the learner, a stability index.
             */
            observed: number;
            /** @description `click-rate`, `calibration`, `loss` or `feature`. */
            what: string;
        };
        /** @description How far a reading of the whole catalogue is. */
        CheckingAnswer: {
            /**
             * Format: int64
             * @description Steps done.
             */
            done: number;
            /**
             * Format: int64
             * @description Steps in all.
             */
            total: number;
        };
        /** @description An arm beside the control. */
        ComparisonAnswer: {
            arm: string;
            /** @description Why nothing can be said, where nothing can. */
            fault?: string | null;
            measured?: components["schemas"]["MeasuredAnswer"] | null;
        };
        /** @description Examples of one intent that were read as another. */
        ConfusionAnswer: {
            /** @description How many. */
            examples: number;
            /** @description What they are. */
            intent: string;
            /** @description What they were read as. */
            taken_for: string;
        };
        /** @description What is done with the answers to some searches for some time. */
        Curation: {
            /** @description What is told beside the results; at most 10. */
            banners?: components["schemas"]["Banner"][] | null;
            /**
             * @description What alone may be shown.
             * @example brand = "Sony"
             */
            filter?: string | null;
            /**
             * @description From when on it is in force: ISO 8601, or milliseconds since 1970.
             * @example 2026-11-11T00:00:00Z
             */
            from?: string | null;
            /**
             * @description What people call it; 1 to 200 characters.
             * @example Double eleven
             */
            name: string;
            /**
             * @description Where the shopper is to be sent: an address of the web, or of the shop beginning with `/`.
             * @example /sale
             */
            redirect?: string | null;
            /**
             * @description Pins, boosts, buries and hides, as in searches; at most 200.
             * @example [
             *       {
             *         "pin": {
             *           "item": "boots-1",
             *           "position": 1
             *         }
             *       }
             *     ]
             */
            rules?: Record<string, unknown>[] | null;
            /**
             * @description Until when, itself outside.
             * @example 2026-11-12T00:00:00Z
             */
            until?: string | null;
            when?: components["schemas"]["CurationWhen"] | null;
        };
        /** @description A curation as it is kept. */
        CurationAnswer: {
            /**
             * Format: int64
             * @description When it was changed last, in milliseconds since 1970.
             */
            changed_ms: number;
            draft?: components["schemas"]["Curation"] | null;
            /** @description Its id. */
            id: string;
            published?: components["schemas"]["Curation"] | null;
            /**
             * @description `draft` (nothing is published), `scheduled` (its time has not come), `live` or `ended`.
             * @example live
             */
            state: string;
        };
        /** @description Which searches a curation is about: each kind that is given must be met, and of one kind any suffices. */
        CurationWhen: {
            /** @description What is typed; at most 200. */
            queries?: components["schemas"]["QueryPattern"][] | null;
            /** @description The shop's own segments. */
            segments?: string[] | null;
            /** @description `search`, `home`, `product`, `cart` or `after-purchase`. */
            surfaces?: string[] | null;
        };
        /** @description The curations of a shop. */
        CurationsAnswer: {
            /** @description By id. */
            curations: components["schemas"]["CurationAnswer"][];
        };
        /** @description What came of decisions. */
        DecidedAnswer: {
            /** @description Proposals that were rejected. */
            rejected: number;
            /** @description Proposals that may be proposed again. */
            restored: number;
            /** @description Rules that are new. */
            rules: string[];
        };
        /** @description What to do with proposals, each by its id. */
        DecisionsBody: {
            /**
             * @description To become rules; the next search uses them.
             * @default []
             * @example [
             *       "8f0c3b1d2a4e5f60"
             *     ]
             */
            accept?: string[];
            /**
             * @description Not to be proposed again.
             * @default []
             */
            reject?: string[];
            /**
             * @description To be proposed again.
             * @default []
             */
            restore?: string[];
        };
        /** @description A part that failed. */
        DegradedAnswer: {
            /** @description The source, feature, ranker or encoder. */
            part: string;
            /** @description What went wrong. */
            reason: string;
        };
        /** @description A feature that is distributed otherwise than it was. */
        DriftAnswer: {
            feature: string;
            /**
             * Format: double
             * @description The population stability index of the last thousand answers beside the first two thousand; above .25 is much.
             */
            index: number;
            /** @description `search` or `recommend`. */
            kind: string;
        };
        /** @description Items with the same picture. */
        DuplicatesAnswer: {
            /** @description Ids of items, by picture. */
            groups: string[][];
        };
        /** @description What items lack, and what was written of it. */
        EnrichAnswer: {
            checking?: components["schemas"]["CheckingAnswer"] | null;
            report?: components["schemas"]["EnrichReportAnswer"] | null;
            written?: components["schemas"]["EnrichedAnswer"] | null;
        };
        /** @description How well an attribute is read. */
        EnrichAttributeAnswer: {
            /** @description Its name. */
            attribute: string;
            /** @description Values that were held out to measure with. */
            held_out: number;
            /** @description Items without a value of the shop's own. */
            missing: number;
            /**
             * Format: double
             * @description The share of these; absent where there are none.
             */
            precision?: number | null;
            /** @description Items that a value is proposed for. */
            proposed: number;
            /** @description Why nothing is proposed, where that is for its measured precision. */
            refused?: string | null;
            /** @description Of those, how many were right. */
            right: number;
            /** @description Of those, for how many a value sure enough was proposed. */
            tried: number;
        };
        /** @description Which values to look for, and what to do with them. */
        EnrichBody: {
            /**
             * @description Attributes; all where none is named.
             * @default []
             * @example [
             *       "brand",
             *       "颜色"
             *     ]
             */
            attributes?: string[];
            /**
             * @description Show what would be written and write nothing.
             * @default false
             */
            dry_run?: boolean;
            /**
             * @description Proposals to list, 1 to 1000; 100 where not said. All are written.
             * @default null
             */
            limit?: number | null;
            /**
             * Format: double
             * @description At least so often must values be right, as measured on held-out ones, 0 to 1; .9 where not said.
             * @default null
             * @example 0.9
             */
            min_confidence?: number | null;
        };
        /** @description What items lack. */
        EnrichReportAnswer: {
            /** @description How well each attribute is read. */
            attributes: components["schemas"]["EnrichAttributeAnswer"][];
            /** @description Items read. */
            items: number;
            /** @description The first of them. */
            proposals: components["schemas"]["ProposalAnswer"][];
            /** @description Values that are sure enough. */
            total: number;
        };
        /** @description What was written. */
        EnrichedAnswer: {
            /** @description Values that items did not have. */
            added: number;
            /** @description Values in the place of others found before. */
            changed: number;
            /** @description Items written. */
            items: number;
            /** @description Values taken back. */
            taken_back: number;
            /** @description Values that were there already. */
            unchanged: number;
        };
        /**
         * @description What every failed request is answered with.
         * @example {
         *       "error": {
         *         "code": "limit_out_of_range",
         *         "message": "`limit`: expected 1 to 1000, got 0",
         *         "field": "limit",
         *         "expected": "1 to 1000",
         *         "got": "0",
         *         "docs": "/errors#limit_out_of_range"
         *       },
         *       "trace_id": "9f86d081884c7d659a2feaa0c55ad015"
         *     }
         */
        ErrorAnswer: {
            /** @description What is wrong. */
            error: components["schemas"]["ErrorDetail"];
            /** @description Finds the request in the server's log; the header `X-Request-Id` has it too. */
            trace_id: string;
        };
        /** @description What is wrong and how to mend it. */
        ErrorDetail: {
            /** @description Stable and machine-readable; `/errors` lists them. */
            code: string;
            /** @description Where the code is described. */
            docs: string;
            /** @description What would have been accepted. */
            expected?: string | null;
            /** @description Path of the field at fault. */
            field?: string | null;
            /** @description What was found, shortened. */
            got?: string | null;
            /** @description The same in a sentence. */
            message: string;
            /** @description The rows of a batch that were refused; the first 100. */
            rows?: components["schemas"]["RowError"][];
            /** @description How many rows were refused in all. */
            rows_refused?: number | null;
        };
        /** @description A flag with its value. */
        EvaluationAnswer: {
            /** @description The experiment. */
            key: string;
            /** @description `SPLIT` (assigned to an arm), `DEFAULT` (in no arm) or `DISABLED` (the experiment has ended). */
            reason: string;
            /** @description The arm's value. */
            value: Record<string, unknown>;
            /** @description The arm. */
            variant: string;
        };
        /** @description A question of the OpenFeature Remote Evaluation Protocol. */
        EvaluationBody: {
            /**
             * @description `targetingKey` names the visitor, as `user` where `actor` does not say `anonymous` or `session`. `surface`,
             *     `language`, `segment` and `visitors` are read for targets; all else is passed over.
             */
            context?: Record<string, unknown>;
        };
        /** @description Why a flag has no value, in the protocol's words. */
        EvaluationFailure: {
            /** @description `PARSE_ERROR`, `TARGETING_KEY_MISSING`, `INVALID_CONTEXT` or `FLAG_NOT_FOUND`. */
            errorCode: string;
            /** @description A sentence. */
            errorDetails: string;
            /** @description The flag; left out where all were asked for. */
            key?: string | null;
        };
        /** @description The flags of all experiments. */
        EvaluationsAnswer: {
            /** @description The flags. */
            flags: components["schemas"]["EvaluationAnswer"][];
        };
        /**
         * @description Something that happened. Interactions have a type of `search`, `click`, `view`, `add-to-cart`, `purchase`, `rating`,
         *     `like`, `dislike`, `hide`, `refund`, `review` or `custom:...`; the log also has `item-upserted`, `item-patched`, `item-deleted`,
         *     `impression` and `user-erased`.
         */
        Event: {
            /** @description A guest. */
            anonymous?: string | null;
            /** @description Makes the event idempotent: a second one with the same id changes nothing. Random where left out. */
            event_id?: string | null;
            /**
             * @description To which item; searches have none. A document in `item-upserted` and `item-patched`.
             * @example boots-1
             */
            item?: string | null;
            /**
             * Format: int32
             * @description Place in the answer, from 1.
             */
            position?: number | null;
            /**
             * Format: int32
             * @description Pieces, at least 1.
             */
            quantity?: number | null;
            /** @description What was searched for. */
            query?: string | null;
            /** @description The answer this follows from. */
            query_id?: string | null;
            /**
             * Format: float
             * @description From 0 (worst) to 1 (best).
             */
            rating?: number | null;
            /** @description The visit. */
            session?: string | null;
            /** @description `home`, `product`, `cart`, `search` or `after-purchase`. */
            surface?: string | null;
            /** @description What a review says, up to 64 KiB; only reviews have a text, and those without one have a rating. */
            text?: string | null;
            /**
             * @description When: RFC 3339 or milliseconds since 1970; now where left out.
             * @example 2026-11-21T09:30:00Z
             */
            time?: string | null;
            /**
             * @description What happened.
             * @example view
             */
            type: string;
            /** @description A known user. */
            user?: string | null;
            value?: components["schemas"]["Money"] | null;
            /**
             * Format: float
             * @description Weight of this one deed, over its type's.
             */
            weight?: number | null;
        };
        /** @description What became of a batch of events. */
        EventsAnswer: components["schemas"]["BatchAnswer"] & {
            /**
             * @description The convention that the documents were read by, where they were not our own.
             * @example segment
             */
            format?: string | null;
            /** @description Parts that were left out of events that were taken. */
            left_out?: components["schemas"]["SkippedAnswer"][];
            /** @description Events of theirs that have no counterpart here. */
            skipped?: components["schemas"]["SkippedAnswer"][];
        };
        /** @description What is tried out. Only `id` and two `arms` must be said. */
        Experiment: {
            /** @description The alternatives; the first one is the control. */
            arms: components["schemas"]["ExperimentArm"][];
            /** @description What it is about, for people. */
            description?: string | null;
            /** @description When it ended; null while it runs. */
            readonly ended?: string | null;
            /** @description What must not become worse; an arm that does so is taken out by itself. */
            guardrails?: components["schemas"]["ExperimentGuardrail"][] | null;
            /**
             * Format: double
             * @description Share of all visitors who see no experiment that has a holdout, 0 to below 1; none where not said.
             */
            holdout?: number | null;
            /**
             * @description Its name, unique for ever: 1 to 64 letters, digits, `-`, `_` and `.`.
             * @example more-variety
             */
            id: string;
            /**
             * @description How two arms share the places of every answer, so that few visitors tell which ranking is better: `team-draft` or
             *     `optimised`; left out, a visitor sees one of the arms. It takes no guardrails, and what shoppers click decides.
             */
            interleaving?: string | null;
            /** @description Experiments of one layer share no visitor; a layer of its own where not said. */
            layer?: string | null;
            /**
             * @description What is measured, the deciding one first: `click-through`, `conversion`, `revenue`, `units`, `empty-searches`,
             *     `time-to-cart`, `diversity`, `latency`, `errors`. Conversion, click-through and revenue where not said.
             */
            metrics?: string[] | null;
            /**
             * Format: double
             * @description Share of its visitors so far, 0 to 1; all where not said.
             */
            ramp?: number | null;
            /** @description Why it ended, and why arms were taken out. */
            reasons: string[];
            /** @description What the hash of its visitors is salted with; its name where not said. */
            salt?: string | null;
            /** @description The share of the layer's visitors, wherever there is room, or `[from, to]`; 1 where not said. */
            slice?: unknown;
            /** @description When it began. */
            readonly started?: string | null;
            target?: components["schemas"]["ExperimentTarget"] | null;
            /**
             * Format: int64
             * @description Visitors it is planned for, all arms together; always-valid intervals are tightest there. 20,000 where not said.
             */
            visitors_planned?: number | null;
        };
        /** @description One of the alternatives. */
        ExperimentArm: {
            /**
             * @description What it changes of searches and recommendations, over what they say: `cutoff`, `lexical`, `fusion`, `diversity`,
             *     `objectives`, `reranking`, `understanding_off` and `rules` as in settings; `method`, `weights`, `personalise` and
             *     `cross_encoder` as in searches; `trained_ranker`, whether a trained ranker in force scores.
             */
            changes?: Record<string, unknown> | null;
            /**
             * @description Its name.
             * @example varied
             */
            name: string;
            /** @description Whether it was taken out. */
            readonly removed?: boolean | null;
            /**
             * Format: double
             * @description Its part of the visitors, relative to the others'; 1 where not said.
             */
            share?: number | null;
            /** @description What front ends are given by OFREP: true or false, a text, a number or an object; its name where not said. */
            value?: Record<string, unknown> | null;
        };
        /** @description A change of a running experiment. */
        ExperimentChangeBody: {
            /**
             * Format: double
             * @description A larger share of its visitors.
             * @default null
             * @example 0.5
             */
            ramp?: number | null;
            /**
             * @description Why.
             * @default null
             */
            reason?: string | null;
            /**
             * @description An arm to take out: its visitors are served as without the experiment, and nobody else moves.
             * @default null
             */
            remove_arm?: string | null;
        };
        /** @description A metric that must not become worse. */
        ExperimentGuardrail: {
            /**
             * @description The metric.
             * @example latency
             */
            metric: string;
            /**
             * Format: double
             * @description How much worse is tolerated, as a share of the control's value; 0 where not said.
             */
            tolerated?: number | null;
        };
        /** @description What came of an experiment so far. */
        ExperimentReportAnswer: {
            /** @description The arms' visitors, the control's first. */
            arms: components["schemas"]["ArmAnswer"][];
            /** @description The experiment. */
            experiment: components["schemas"]["Experiment"];
            /** @description The guardrails. */
            guardrails: components["schemas"]["GuardrailAnswer"][];
            /** @description What was left out. */
            left_out: components["schemas"]["LeftOutAnswer"];
            /** @description The metrics, the deciding one first. */
            metrics: components["schemas"]["MetricAnswer"][];
            /**
             * Format: double
             * @description The chance of such numbers of visitors where they come as planned; below 0.001 is a mismatch.
             */
            mismatch_p_value?: number | null;
            preference?: components["schemas"]["PreferenceAnswer"] | null;
            /**
             * Format: double
             * @description Share of visitors that the figures rest on; below 1 where there are very many.
             */
            sampled: number;
            /** @description Whether the deciding metric moves alike in parts of the visitors. */
            segments: components["schemas"]["SegmentsAnswer"][];
            /** @description `too-early`, `mismatch` (visitors did not come as planned: trust nothing), `better`, `worse` or `undecided`. */
            verdict: string;
            /** @description The arm that the verdict is about. */
            verdict_arm?: string | null;
        };
        /** @description The end of an experiment. */
        ExperimentStopBody: {
            /**
             * @description Why, for whoever reads it later.
             * @default null
             * @example the new arm is better
             */
            reason?: string | null;
        };
        /** @description Whom an experiment is about; all that is said must hold. */
        ExperimentTarget: {
            /** @description Languages of queries: `zh`, `en`, `und`. */
            languages?: string[] | null;
            /** @description Segments that requests name. */
            segments?: string[] | null;
            /** @description `home`, `product`, `cart`, `search`, `after-purchase`. */
            surfaces?: string[] | null;
            /** @description `new` (nothing is known from more than a day ago) or `returning`. */
            visitors?: string | null;
        };
        /** @description The experiments of a shop. */
        ExperimentsAnswer: {
            /** @description Running and ended, in the order of their making. */
            experiments: components["schemas"]["Experiment"][];
        };
        /** @description Where an item stands. */
        ExplainAnswer: {
            explanation?: components["schemas"]["ExplanationAnswer"] | null;
            /** @description The item. */
            item: string;
            /** @description Its place in the whole answer, from 1; absent where it is not among the first 1000. */
            position?: number | null;
            /** @description What keeps it out; empty where it is shown. */
            reasons: components["schemas"]["Reason"][];
            /** @description Items in the whole answer. */
            total: number;
            what_if?: components["schemas"]["WhatIfAnswer"] | null;
        };
        /**
         * @description Where does an item stand in an answer, and why, or why not? Name the item and either the search or the
         *     recommendation.
         */
        ExplainBody: {
            /**
             * @description The item.
             * @example B07XQXZXVZ
             */
            item: string;
            recommend?: components["schemas"]["RecommendBody"] | null;
            search?: components["schemas"]["SearchBody"] | null;
            /**
             * @description Ask, too, what would have to change for the item to stand at this place, 1 to 1000.
             * @example 3
             */
            to_place?: number | null;
        };
        /**
         * @description Why an item stands where it stands: how it was found, how it scored, who moved it. `base` plus the contributions of
         *     the features is the ranker's score; the rules then changed score or place as they say.
         */
        ExplanationAnswer: {
            /**
             * Format: float
             * @description The ranker's score where all features are neutral.
             */
            base: number;
            /** @description What words added beside their terms. */
            boosts?: components["schemas"]["BoostAnswer"][];
            /** @description What each feature added. */
            features: components["schemas"]["FeatureAnswer"][];
            /** @description The sources that found it. */
            found: components["schemas"]["FoundAnswer"][];
            /** @description How the retrievers' scores were fused. */
            fusion?: components["schemas"]["FusionAnswer"][];
            /** @description Each rule that changed something. */
            rules?: components["schemas"]["RuleAnswer"][];
            /**
             * Format: float
             * @description The score after all of it.
             */
            score: number;
            /** @description The words that matched. */
            terms?: components["schemas"]["TermAnswer"][];
            /** @description The chances that the ranker folded into its score, with their weights: contained in `base` and `features`. */
            value?: components["schemas"]["ValueAnswer"][];
            /** @description How near it is in meaning, by encoder. */
            vectors?: components["schemas"]["VectorAnswer"][];
        };
        /** @description What may be explored, by surface; nothing where it is empty. */
        Exploration: {
            /** @description One a surface. */
            surfaces: components["schemas"]["SurfaceExploration"][];
        };
        /** @description The counts of a facet. */
        FacetAnswer: {
            /** @description The attribute. */
            attribute: string;
            /** @description Distinct values before the limit. */
            distinct: number;
            /** @description Bins of a numeric attribute. */
            histogram?: components["schemas"]["FacetRangeAnswer"][];
            stats?: components["schemas"]["FacetStatsAnswer"] | null;
            /** @description Values, most frequent first. */
            values: components["schemas"]["FacetValueAnswer"][];
        };
        /** @description A facet wanted: an attribute's name, or how to count it. */
        FacetBody: string | components["schemas"]["FacetOptions"];
        /** @description How to count a facet. */
        FacetOptions: {
            /** @description The attribute. */
            attribute: string;
            /** @description Bins of a histogram over a numeric attribute; 0 to 200. */
            bins?: number;
            /**
             * @description Whether the filter's own conditions on this attribute are lifted while counting, so that alternatives to what is
             *     selected keep their counts.
             */
            disjunctive?: boolean;
            /** @description Values at most, most frequent first; 1 to 1000. */
            limit?: number;
            /** @description For categories: count one level below this path. */
            under?: string[];
        };
        /** @description A bin: `from <= value < to`, the last one closed. */
        FacetRangeAnswer: {
            /** @description Items inside. */
            count: number;
            /**
             * Format: double
             * @description Lower bound.
             */
            from: number;
            /**
             * Format: double
             * @description Upper bound.
             */
            to: number;
        };
        /** @description Figures of a numeric facet. */
        FacetStatsAnswer: {
            /** @description Items that have one. */
            count: number;
            /**
             * Format: double
             * @description Largest value.
             */
            max: number;
            /**
             * Format: double
             * @description Mean value.
             */
            mean: number;
            /**
             * Format: double
             * @description Smallest value.
             */
            min: number;
        };
        /** @description A value of a facet. */
        FacetValueAnswer: {
            /** @description Items that have it. */
            count: number;
            /** @description The value; a category's path is joined by ` > `. */
            value: string;
        };
        /** @description What a feature added. */
        FeatureAnswer: {
            /**
             * Format: float
             * @description What it added to the score.
             */
            contribution: number;
            /** @description The feature. */
            feature: string;
            /**
             * Format: float
             * @description Its value for this item.
             */
            value: number;
        };
        /** @description One thing that was read. */
        FindingAnswer: {
            /**
             * Format: float
             * @description 0 to 1.
             */
            confidence: number;
            /** @description `shown`, `replaced`, `offered`, `expanded`, `filtered`, `boosted` or `relaxed`. */
            consequence: string;
            /** @description What it was concluded from. */
            evidence: string;
            /**
             * Format: float
             * @description What scores are multiplied by.
             */
            factor?: number | null;
            /** @description The condition that filters or boosts. */
            filter?: string | null;
            /** @description Name it in `understanding.without` to take it away. */
            key: string;
            /** @description What was read. */
            says: string;
            /** @description The bytes of the query it was read from. */
            span?: [
                number,
                number
            ] | null;
            /** @description The step. */
            step: string;
            /** @description The text in the span's place, where it was replaced or is offered. */
            text?: string | null;
            /** @description Other words, with what they count. */
            with?: [
                string,
                number
            ][];
        };
        /** @description Something that is likely wrong with an item. */
        FindingOfQualityAnswer: {
            /** @description The attribute it is about. */
            attribute: string;
            /** @description Where it stands in the tree. */
            category: string;
            /** @description What speaks for it, in words and numbers. */
            evidence: string;
            fix?: components["schemas"]["QualityFixAnswer"] | null;
            /** @description The item. */
            item: string;
            /** @description What kind of fault it is. */
            rule: string;
            /**
             * Format: float
             * @description How grave and how sure, 0 to 1.
             */
            severity: number;
            /** @description What it is called. */
            title: string;
        };
        /** @description What may mend a query that finds nothing. */
        FixAnswer: {
            /** @description `synonym`, `spelling`, `missing-product` or `too-many-words`. */
            kind: string;
            /** @description It in words. */
            says: string;
            /** @description The synonym rule, the text that was meant, the words that no item has, or the word to leave out. */
            text: string;
        };
        /** @description A source found the item. */
        FoundAnswer: {
            /** @description Why the source brought it. */
            because?: string | null;
            /**
             * Format: int32
             * @description Its place in the source's own list, from 1.
             */
            rank: number;
            /**
             * Format: float
             * @description The source's own score.
             */
            score: number;
            /** @description The source. */
            source: string;
        };
        /** @description Items with values that were found for them. */
        FoundValuesPage: {
            /** @description Their ids, titles and found values with where these come from. */
            items: Record<string, unknown>[];
            /** @description The `after` of the next page; absent at the end. */
            next?: string | null;
        };
        /** @description One retriever's part: `contribution = weight * normalised`. */
        FusionAnswer: {
            /**
             * Format: float
             * @description What it added.
             */
            contribution: number;
            /**
             * Format: float
             * @description The item's score made comparable, 0 to 1.
             */
            normalised: number;
            /** @description `words`, or an encoder. */
            retriever: string;
            /**
             * Format: float
             * @description Its weight for this query.
             */
            weight: number;
        };
        /** @description A group of variants. */
        GroupAnswer: {
            /** @description Matching items in it. */
            count: number;
            /** @description The group's id. */
            id: string;
        };
        /** @description An item of a group. */
        GroupedItemAnswer: {
            /** @description The item. */
            item: string;
            patch?: components["schemas"]["ItemPatch"] | null;
            /**
             * Format: double
             * @description Its price.
             */
            price?: number | null;
            /** @description What it is called. */
            title: string;
            undo?: components["schemas"]["ItemPatch"] | null;
            /** @description In what it differs from the others: `colour`, `size`, `quantity`, each with its value. */
            varies?: [
                string,
                string
            ][];
        };
        /** @description A guardrail for one arm. */
        GuardrailAnswer: {
            arm: string;
            /** @description Why nothing can be said, where nothing can. */
            fault?: string | null;
            /** @description Whether the arm is to be stopped. */
            harmful: boolean;
            metric: string;
            /**
             * Format: double
             * @description How much worse is tolerated, as a share of the control's value.
             */
            tolerated: number;
            /**
             * Format: double
             * @description How much worse than tolerated it is; negative where it is not.
             */
            worse_by?: number | null;
            /**
             * Format: double
             * @description The lower bound of that, valid at any time.
             */
            worse_by_at_least?: number | null;
        };
        /** @description A label with its probability. */
        GuessAnswer: {
            /** @description The label. */
            name: string;
            /**
             * Format: float
             * @description 0 to 1.
             */
            probability: number;
        };
        /** @description What is in force now. */
        InForceAnswer: {
            /**
             * Format: int32
             * @description The version that answers; absent where the shop recommends as it learns live, or ranks untrained.
             */
            in_force?: number | null;
            /** @description The kind of recommendation, or what the ranker scores. */
            kind: string;
        };
        /** @description An intent with its examples. */
        IntentBody: {
            /**
             * @description Who answers: `search` (where not said), `assistant` or `human`.
             * @example human
             */
            answers?: string;
            /**
             * @description Texts that mean it, 5 to 200; 5 to 20 are enough.
             * @example [
             *       "保修多久",
             *       "how long is the warranty",
             *       "坏了还在保修期吗",
             *       "is this covered by warranty",
             *       "warranty claim"
             *     ]
             */
            examples: string[];
            /**
             * @description Its name: letters, digits, - and _. That of a built-in intent takes its place.
             * @example warranty
             */
            name: string;
        };
        /** @description How well one intent does. */
        IntentReportAnswer: {
            /** @description Its examples. */
            examples: number;
            /** @description Its name. */
            name: string;
            /** @description Of what was read as it, the share that is. */
            precision: components["schemas"]["IntentShareAnswer"];
            /** @description Of its examples, the share that was read as it. */
            recall: components["schemas"]["IntentShareAnswer"];
        };
        /** @description A share with the interval that it lies in with 95 % probability. */
        IntentShareAnswer: {
            /**
             * Format: double
             * @description Its upper end.
             */
            high: number;
            /**
             * Format: double
             * @description The interval's lower end.
             */
            low: number;
            /**
             * Format: double
             * @description The share, 0 to 1.
             */
            value: number;
        };
        /** @description A shop's own intents, with how well they are told apart. */
        IntentsAnswer: {
            /** @description The intents. */
            intents: components["schemas"]["IntentBody"][];
            report?: components["schemas"]["IntentsReportAnswer"] | null;
        };
        /** @description A shop's own intents. */
        IntentsBody: {
            /** @description All of them, at most 50; they take the place of those there were. */
            intents: components["schemas"]["IntentBody"][];
        };
        /** @description How well intents do on examples that they have not seen. */
        IntentsReportAnswer: {
            /** @description Share of their examples that were read rightly, told from one another and from the built-in intents. */
            accuracy: components["schemas"]["IntentShareAnswer"];
            /**
             * Format: double
             * @description Expected calibration error of the probabilities.
             */
            calibration_error: number;
            /** @description Which are taken for which, the most frequent first. */
            confusions: components["schemas"]["ConfusionAnswer"][];
            /** @description Parts that the examples were dealt to; each was read by what the others taught. */
            folds: number;
            /** @description The intents one by one. */
            intents: components["schemas"]["IntentReportAnswer"][];
        };
        /** @description A value with what it may be. */
        IntervalAnswer: {
            /** Format: double */
            high: number;
            /** Format: double */
            low: number;
            /** Format: double */
            value: number;
        };
        /** @description An item. Well-known attributes stand beside `id`; all others under `attributes`. */
        Item: {
            /**
             * @description Everything else by name: a number, true or false, a text, a list of texts, `{"amount", "currency"}`,
             *     `{"en", "zh"}`, or one of `{"text"}`, `{"keywords"}`, `{"time"}`, `{"path"}`, `{"image"}`.
             * @example {
             *       "颜色": "红",
             *       "waterproof": true
             *     }
             */
            attributes?: {
                [key: string]: unknown;
            } | null;
            /** @description Whether it may be sold; yes where not said. */
            available?: boolean | null;
            /** @description Who makes it. */
            brand?: string | null;
            /**
             * @description One or several paths from the root of the category tree.
             * @example [
             *       [
             *         "Shoes",
             *         "Hiking"
             *       ]
             *     ]
             */
            category?: string[][] | null;
            description?: components["schemas"]["Text"] | null;
            /** @description What variants of one product share. */
            group?: string | null;
            /**
             * @description Unique inside the shop; 1 to 512 bytes. May be left out where the path has it.
             * @example boots-1
             */
            id?: string | null;
            /** @description Address of its picture; shown, never fetched. */
            image?: string | null;
            picture?: components["schemas"]["Picture"] | null;
            price?: components["schemas"]["Money"] | null;
            /**
             * Format: double
             * @description Mean rating.
             */
            rating?: number | null;
            /**
             * Format: int64
             * @description Number of ratings.
             */
            rating_count?: number | null;
            /**
             * Format: int32
             * @description Pieces in stock; 0 makes it unavailable.
             */
            stock?: number | null;
            /** @description Free labels. */
            tags?: string[] | null;
            title?: components["schemas"]["Text"] | null;
        };
        /** @description One change of a batch: exactly one of the three. */
        ItemOperation: {
            /** @description The id of an item to delete. */
            delete?: string | null;
            /** @description A partial update, with the item's `id`. */
            patch?: Record<string, unknown> | null;
            put?: components["schemas"]["Item"] | null;
        };
        /** @description A page of the catalogue. */
        ItemPage: {
            /** @description Items in order of id. */
            items: components["schemas"]["Item"][];
            /** @description The `after` of the next page; absent at the end. */
            next?: string | null;
        };
        /** @description A partial update of an item: what is absent stays, `null` removes. The fields are those of an item. */
        ItemPatch: Record<string, unknown>;
        /** @description How many judgements a shop has. */
        JudgedAnswer: {
            /** @description Judged pairs. */
            judgements: number;
        };
        /** @description What somebody says of two items. */
        JudgementBody: {
            /**
             * @description An item.
             * @example boots-1
             */
            left: string;
            /**
             * @description Another.
             * @example boots-2
             */
            right: string;
            /** @description Whether they are the same product; variants of one product are. `null` forgets what was said. */
            same?: boolean | null;
        };
        /** @description What people say of pairs. */
        JudgementsBody: {
            /** @description The pairs. */
            judgements: components["schemas"]["JudgementBody"][];
        };
        /** @description A key, without the key itself. */
        KeyAnswer: {
            /**
             * Format: int64
             * @description When it was made, in milliseconds since 1970.
             */
            created_ms: number;
            /**
             * Format: int64
             * @description From when on it opens nothing, in milliseconds since 1970.
             */
            expires_ms?: number | null;
            /** @description Names the key; for deleting it. */
            id: string;
            /** @description Indices that it opens. */
            indices?: string[];
            /**
             * Format: int64
             * @description When it was used last since the server started, in milliseconds since 1970.
             */
            last_used_ms?: number | null;
            /** @description What it is for. */
            name: string;
            /**
             * Format: int32
             * @description Requests it may make in a minute.
             */
            per_minute?: number | null;
            /** @description Pages that may send it. */
            referers?: string[];
            /** @description What it opens. */
            scope: components["schemas"]["Scope"];
        };
        /** @description A key to be made. */
        KeyBody: {
            /**
             * @description From when on it opens nothing: ISO 8601, or milliseconds since 1970; never where not said.
             * @example 2027-01-01T00:00:00Z
             */
            expires?: string | null;
            /**
             * @description Indices of the shop that it opens in the storefront protocol, as patterns with `*`; all where not said.
             * @example [
             *       "gifts*"
             *     ]
             */
            indices?: string[];
            /**
             * @description What it is for, in your own words; at most 200 bytes.
             * @example storefront 店面
             */
            name: string;
            /**
             * Format: int32
             * @description Requests it may make in a minute, 1 to 1,000,000; as many as it likes where not said.
             */
            per_minute?: number | null;
            /**
             * @description Pages that may send it, as patterns with `*`; any where not said.
             * @example [
             *       "https://shop.example/*"
             *     ]
             */
            referers?: string[];
            /** @description What it opens; each scope includes those before it. */
            scope: components["schemas"]["Scope"];
        };
        /** @description A key that was just made. */
        KeyMade: components["schemas"]["KeyAnswer"] & {
            /**
             * @description The key itself: shown this once, kept only as a SHA-256.
             * @example mk_5f2c6a…
             */
            key: string;
        };
        /** @description A key that did something; it may be gone by now. */
        KeyNamed: {
            /** @description Its id. */
            key: string;
            /** @description Its name then. */
            name: string;
        };
        /** @description The keys of a shop. */
        KeyPage: {
            /** @description The keys, oldest first. */
            keys: components["schemas"]["KeyAnswer"][];
        };
        /** @description How a policy is learnt. */
        LearnStrategyBody: {
            /**
             * Format: double
             * @description What it must bring more than was brought, a session, with 95 % confidence; 0 where not said.
             * @default null
             */
            gain_min?: number | null;
            /**
             * @description `deep-q` (conservative deep Q-learning, the default) or `reinforce` (the off-policy gradient).
             * @default null
             * @example deep-q
             */
            method?: string | null;
            /**
             * Format: int64
             * @description Makes chance repeatable.
             * @default null
             */
            seed?: number | null;
        };
        /** @description What a shop learns from its events as they come, and what it keeps out of that. */
        LearningAnswer: {
            /** @description Features that answers are scored from and that are distributed otherwise than they were, looked at every minute. */
            drifts: components["schemas"]["DriftAnswer"][];
            /** @description What exploring does and costs, by surface. */
            exploration: components["schemas"]["SurfaceAnswer"][];
            online: components["schemas"]["OnlineAnswer"];
            quarantine: components["schemas"]["QuarantineAnswer"];
            /** @description Trained rankers in force. */
            rankers: components["schemas"]["ServingRankerAnswer"][];
        };
        /** @description Visitors and events that a report leaves out. */
        LeftOutAnswer: {
            /**
             * Format: int64
             * @description Slates with an arm that the experiment does not have.
             */
            arms_unknown: number;
            /**
             * Format: int64
             * @description Visitors with more than 60 events within a minute.
             */
            bots: number;
            /**
             * Format: int64
             * @description Clicks that follow from no slate shown to the visitor.
             */
            clicks_unshown: number;
            /**
             * Format: int64
             * @description Visitors who were in two arms, such as guests who logged in.
             */
            crossed: number;
            /**
             * Format: int64
             * @description Deeds and slates that were told twice.
             */
            duplicates: number;
            /**
             * Format: int64
             * @description Visitors forgotten on their own wish.
             */
            erased: number;
            /**
             * Format: int64
             * @description Events from the future.
             */
            from_the_future: number;
            /**
             * Format: int64
             * @description Deeds whose money is of another currency.
             */
            other_currency: number;
        };
        /** @description A page of the log. */
        LogPage: {
            /** @description Events in order. */
            events: components["schemas"]["LoggedEventAnswer"][];
            /**
             * Format: int64
             * @description The `from` of the next page.
             */
            next: number;
        };
        /** @description An event with its place in the log. */
        LoggedEventAnswer: {
            /** @description The event. */
            event: components["schemas"]["Event"];
            /**
             * Format: int64
             * @description Its place.
             */
            position: number;
        };
        /** @description What pairs are judged by. */
        MatcherAnswer: {
            /**
             * Format: double
             * @description F1 on the judged pairs, each judged by what was learnt from others.
             */
            f1?: number | null;
            /** @description Whether it was learnt from the shop's judgements; otherwise it is the one that every shop begins with. */
            is_own: boolean;
            /** @description Judged pairs that are not. */
            judged_different: number;
            /** @description Judged pairs that are the same product. */
            judged_same: number;
            /**
             * Format: double
             * @description F1 of the one that is not used, where both were tried.
             */
            other_f1?: number | null;
        };
        /** @description What an arm does to a metric. */
        MeasuredAnswer: {
            always_valid?: components["schemas"]["AlwaysValidAnswer"] | null;
            /**
             * Format: double
             * @description The chance that the arm is better than the control.
             */
            chance_to_be_best: number;
            /**
             * Format: double
             * @description The metric in the control.
             */
            control: number;
            /** @description Arm less control, with the 95 % interval of an end fixed beforehand. */
            difference: components["schemas"]["IntervalAnswer"];
            /**
             * Format: double
             * @description What choosing the arm would lose, on average.
             */
            expected_loss: number;
            lift?: components["schemas"]["IntervalAnswer"] | null;
            /**
             * Format: double
             * @description Of no difference, at an end fixed beforehand.
             */
            p_value: number;
            /**
             * Format: double
             * @description Corrected for all metrics and arms (Benjamini-Hochberg).
             */
            p_value_benjamini_hochberg: number;
            /**
             * Format: double
             * @description Corrected for all metrics and arms (Holm).
             */
            p_value_holm: number;
            /**
             * Format: double
             * @description The metric in the arm.
             */
            treatment: number;
            /**
             * Format: double
             * @description Share of the variance that the visitors' own past took away (CUPED).
             */
            variance_reduction: number;
        };
        /** @description A metric in all arms. */
        MetricAnswer: {
            /** @description Each arm beside the control. */
            comparisons: components["schemas"]["ComparisonAnswer"][];
            /**
             * Format: double
             * @description What a visitor's sum is cut to.
             */
            cut_at?: number | null;
            /** @description What it says. */
            description: string;
            /** @description Whether more is better. */
            higher_is_better: boolean;
            /** @description Its name. */
            name: string;
        };
        /** @description An amount of money. */
        Money: {
            /**
             * Format: double
             * @description Units of the currency.
             * @example 89.9
             */
            amount: number;
            /**
             * @description An ISO 4217 code.
             * @example EUR
             */
            currency: string;
        };
        /** @description A change of one feature that would be enough. */
        NeededChangeAnswer: {
            /** @description `item` (of the item alone: the shop can change it), `query and item`, `shopper and item`, or `retriever`. */
            about: string;
            /** @description The feature, or the retriever. */
            feature: string;
            /**
             * Format: float
             * @description Its value now, as the ranker reads it.
             */
            from: number;
            /**
             * Format: float
             * @description The nearest value that is enough.
             */
            to: number;
        };
        /** @description What every click teaches at once. */
        OnlineAnswer: {
            /**
             * Format: int64
             * @description Of them, with evidence of a change.
             */
            alerts: number;
            /**
             * Format: int64
             * @description Blocks of examples that the watchdog judged.
             */
            blocks: number;
            /** @description The last evidence of a change since the server began. */
            evidence: components["schemas"]["ChangeEvidenceAnswer"][];
            /**
             * Format: int64
             * @description Examples left out.
             */
            excluded: number;
            /**
             * Format: int64
             * @description How often the last good ranking took over.
             */
            falls: number;
            /** @description Whether far fewer of the items looked at are clicked than before, so that the ranking without it serves for a while. */
            has_fallen_back: boolean;
            /**
             * Format: int64
             * @description Examples learnt from.
             */
            learnt: number;
            /**
             * Format: double
             * @description Mean log-loss of predictions made before they were learnt from.
             */
            log_loss: number;
            /**
             * Format: int64
             * @description How often what is learnt came back.
             */
            recoveries: number;
            /**
             * Format: float
             * @description By how much it may move a score: `online_learning` of the settings.
             */
            strength: number;
        };
        /** @description Two items, and what they are to one another. */
        PairAnswer: {
            /** @description What speaks for and against it. */
            evidence: string[];
            /** @description An item. */
            left: string;
            /**
             * Format: float
             * @description How likely they are the same product, variants included.
             */
            probability: number;
            /** @description `duplicate`, `variant` or `different`. */
            relation: string;
            /** @description Another. */
            right: string;
        };
        /** @description A piece of an item's text. */
        PassageAnswer: {
            /** @description The attribute. */
            attribute: string;
            /**
             * Format: int32
             * @description The byte after its last.
             */
            end: number;
            /**
             * Format: int32
             * @description Its first byte.
             */
            start: number;
        };
        /** @description What an image encoder saw in an item's picture; the picture itself is kept nowhere. */
        Picture: {
            /**
             * @description First half of the SHA-256 of the picture's bytes, in hexadecimal.
             * @example 6a09e667f3bcc908b2fb1366ea957d3e
             */
            digest: string;
            /**
             * @description Version of the image encoder.
             * @example efficientnet-lite0@f3190cc8af9f
             */
            encoder: string;
            /**
             * @description The vector in base64: a scale (f32), then one signed byte a number. Left out in slates.
             * @example AACAPwMC
             */
            vector?: string | null;
        };
        /** @description An aspect that is praised, or blamed. */
        PointAnswer: {
            /** @description The aspect; absent where the item as a whole is meant. */
            aspect?: string | null;
            /**
             * Format: int32
             * @description Reviews that speak of it.
             */
            of: number;
            /** @description Some of their words. */
            quotes: components["schemas"]["QuoteAnswer"][];
            /**
             * Format: int32
             * @description Reviews that say so.
             */
            reviews: number;
        };
        /**
         * @description What a shop says of itself.
         * @example {
         *       "policies": [
         *         {
         *           "id": "returns",
         *           "title": "Can I return what I bought?",
         *           "language": "en",
         *           "url": "https://shop.example/returns",
         *           "text": "Within 30 days, unworn.\n\nSale items cannot be returned."
         *         },
         *         {
         *           "id": "tuihuo",
         *           "title": "退货政策",
         *           "text": "七天无理由退货，运费由买家承担。"
         *         }
         *       ]
         *     }
         */
        PoliciesBody: {
            /** @description All texts, at most 200; they take the place of those there were. An empty list takes all away. */
            policies: components["schemas"]["PolicyBody"][];
        };
        /** @description A text of a shop about itself: a policy, or the answer to a question. */
        PolicyBody: {
            /**
             * @description Its name: letters, digits, - and _, at most 64.
             * @example returns
             */
            id: string;
            /**
             * @description `en` or `zh`; guessed by the script where not said.
             * @example en
             */
            language?: string | null;
            /**
             * @description What it says, at most 20,000 characters. Answers quote a passage: what stands between empty lines, or some sentences.
             * @example Within 30 days, unworn.
             *
             *     Sale items cannot be returned.
             */
            text: string;
            /**
             * @description What it is about, or the question it answers; at most 200 characters.
             * @example Can I return what I bought?
             */
            title: string;
            /**
             * @description Where shoppers read it.
             * @example https://shop.example/returns
             */
            url?: string | null;
        };
        /** @description Whose results are clicked of two arms that share every answer. */
        PreferenceAnswer: {
            /** @description Mean credit of a visitor, above 0 for the control, with its 95 % interval. */
            credit: components["schemas"]["IntervalAnswer"];
            /**
             * Format: int64
             * @description Visitors who clicked more of the control's.
             */
            first: number;
            /**
             * Format: double
             * @description How far the control is preferred, -0.5 to 0.5.
             */
            margin: number;
            /**
             * Format: double
             * @description Of no preference (exact sign test), at the end that was planned.
             */
            p_value: number;
            /**
             * Format: int64
             * @description Visitors who clicked more of the other arm's.
             */
            second: number;
            /**
             * Format: int64
             * @description Visitors who clicked as much of both, or nothing.
             */
            ties: number;
        };
        /** @description A part of the range of prices. */
        PriceBinAnswer: {
            /**
             * Format: double
             * @description From this price on.
             */
            from: number;
            /** @description Items in between. */
            items: number;
            /** @description Of those, how many are out of line in their category. */
            out_of_line: number;
            /**
             * Format: double
             * @description Up to this one.
             */
            to: number;
        };
        /** @description Something that is wrong with settings. */
        ProblemAnswer: {
            /** @description What would be taken. */
            expected: string;
            /**
             * @description The path of the value.
             * @example attributes.color.type
             */
            field: string;
            /** @description What was found. */
            got: string;
        };
        /** @description Items that are one product, or variants of one. */
        ProductGroupAnswer: {
            /** @description What speaks for it, from its likeliest pair. */
            evidence: string[];
            /** @description What variants would share as their group. */
            group?: string | null;
            /** @description The items; of duplicates, the one that tells most comes first. */
            items: components["schemas"]["GroupedItemAnswer"][];
            /**
             * Format: float
             * @description The probability of the least likely pair that joined it.
             */
            probability: number;
            /** @description `duplicate` or `variant`. */
            relation: string;
        };
        /** @description A version to put in force. */
        PromoteBody: {
            /**
             * @description `for-you`, `similar` or `bought-together`.
             * @example for-you
             */
            kind: string;
            /**
             * Format: int32
             * @description The version.
             * @example 3
             */
            version: number;
        };
        /** @description A value that an item lacks. */
        ProposalAnswer: {
            /** @description The attribute. */
            attribute: string;
            /**
             * Format: float
             * @description How often such values were right where they were held out, 0 to 1.
             */
            confidence: number;
            /** @description What speaks for it. */
            evidence: string;
            /** @description The item. */
            item: string;
            /** @description What found it. */
            maker: string;
            passage?: components["schemas"]["PassageAnswer"] | null;
            /** @description What it is called. */
            title: string;
            /** @description The value. */
            value: Record<string, unknown>;
        };
        /** @description Synonyms to accept or reject. */
        ProposalsAnswer: {
            /** @description The likeliest first; none is in force. */
            proposals: components["schemas"]["SynonymProposalAnswer"][];
            /** @description Those that were rejected and are not proposed again. */
            rejected: components["schemas"]["RejectedAnswer"][];
        };
        /** @description What is wrong with the catalogue. */
        QualityAnswer: {
            checking?: components["schemas"]["CheckingAnswer"] | null;
            report?: components["schemas"]["QualityReportAnswer"] | null;
        };
        /** @description How many findings there are. */
        QualityCountAnswer: {
            /** @description The category of the first level; empty for items without one. */
            category: string;
            /**
             * Format: int64
             * @description All.
             */
            findings: number;
            /**
             * Format: int64
             * @description Those with a fix.
             */
            fixable: number;
            /** @description The rule. */
            rule: string;
        };
        /** @description A change that mends a finding. */
        QualityFixAnswer: {
            /** @description The change, as `PATCH /v1/{shop}/items/{item}` and `items:batch` take it. */
            patch: components["schemas"]["ItemPatch"];
            /** @description In words. */
            says: string;
            /** @description What takes it back: the shop's own values. */
            undo: components["schemas"]["ItemPatch"];
        };
        /** @description A report on the catalogue. */
        QualityReportAnswer: {
            /** @description Findings by rule and category of the first level, whatever was asked for. */
            counts: components["schemas"]["QualityCountAnswer"][];
            /** @description The currency of `prices`. */
            currency?: string | null;
            /** @description A page of them, the gravest first. */
            findings: components["schemas"]["FindingOfQualityAnswer"][];
            /** @description Items read. */
            items: number;
            /** @description The `after` of the next page; absent at the end. */
            next?: number | null;
            /** @description How prices are distributed. */
            prices: components["schemas"]["PriceBinAnswer"][];
            /** @description Findings of those asked for. */
            total: number;
        };
        /** @description What programs did; it stays in the log, but nothing is learnt from it. */
        QuarantineAnswer: {
            /** @description Actors kept out now. */
            actors: number;
            /**
             * Format: int64
             * @description Deeds and answers kept out so far.
             */
            kept_out: number;
            /**
             * Format: int64
             * @description How often somebody was too fast for a person.
             */
            too_fast: number;
            /**
             * Format: int64
             * @description How often somebody kept a machine's pace.
             */
            too_steady: number;
        };
        /** @description Queries with how much they are asked. */
        QueriesAnswer: {
            /** @description The most asked, or the most telling, first. */
            queries: components["schemas"]["QueryAnswer"][];
        };
        /** @description A query that people asked. */
        QueryAnswer: {
            /**
             * Format: float
             * @description How many times as great its part of the last days' searches is as its part of all.
             */
            change?: number | null;
            /**
             * Format: float
             * @description Share of the sessions in which something was clicked, 0 to 1.
             */
            click_rate?: number | null;
            /**
             * Format: float
             * @description Searches, faded by age.
             */
            count: number;
            /** @description What may mend it, the surest first. */
            fixes?: components["schemas"]["FixAnswer"][];
            /**
             * Format: float
             * @description How many times likelier it is after the other query than anyway.
             */
            lift?: number | null;
            /** @description `found-nothing` or `no-clicks`. */
            problem?: string | null;
            /** @description The query. */
            text: string;
        };
        /** @description What a query must look like, as typed or with its slips mended. */
        QueryPattern: {
            /** @description `is` where not said, `starts-with`, `ends-with` or `contains`: by whole words, in Chinese by characters. */
            match?: string | null;
            /**
             * @description With what; an empty text that a query `is` means browsing.
             * @example 羽绒服
             */
            text: string;
        };
        /** @description Words of a review. */
        QuoteAnswer: {
            /** @description What the review is about. */
            item: string;
            /**
             * Format: int32
             * @description Reviews that say so in the same words, as far as is remembered.
             */
            said: number;
            /** @description The words. */
            text: string;
            /** @description When they were written. */
            time: string;
        };
        /** @description A version of a trained ranker. */
        RankerAnswer: {
            /**
             * Format: int64
             * @description Bytes it has.
             */
            bytes: number;
            /** @description Whether it is the one that was put in force last. */
            in_force: boolean;
            /**
             * Format: int64
             * @description When it was trained, in milliseconds since 1970.
             */
            made_ms: number;
            /**
             * @description What its training says: the way of training, the comparison with the untrained ranker over all and by kind of
             *     shopper, and `importance`, how far each feature moves the items of an answer apart.
             */
            report: Record<string, unknown>;
            /**
             * Format: int32
             * @description Its number.
             */
            version: number;
        };
        /** @description The trained rankers of a kind. */
        RankerKindAnswer: {
            /** @description Why the version in force cannot be used, where it cannot; the untrained ranker scores then. */
            degraded?: string | null;
            /**
             * Format: int32
             * @description The version that scores; absent where the untrained ranker does.
             */
            in_force?: number | null;
            /** @description `search` or `recommend`. */
            kind: string;
            /** @description All versions that are kept, oldest first. */
            versions: components["schemas"]["RankerAnswer"][];
        };
        /** @description The trained rankers of a shop. */
        RankersAnswer: {
            /** @description One entry for what is scored: searches, recommendations. */
            kinds: components["schemas"]["RankerKindAnswer"][];
        };
        /** @description How a query was understood. */
        ReadingAnswer: {
            /** @description Categories the wanted items are in, the likeliest first. */
            categories: components["schemas"]["GuessAnswer"][];
            /** @description What may have been meant instead. */
            did_you_mean?: string | null;
            /** @description What each step read. */
            findings: components["schemas"]["FindingAnswer"][];
            /** @description What the shopper is after, the likeliest first. */
            intents: components["schemas"]["GuessAnswer"][];
            /** @description The same without the words that were let go, where too little was found with them; what words are searched by. */
            kept?: string | null;
            /** @description `zh`, `en` or `other`. */
            language: string;
            /** @description Microseconds each step took. */
            micros: [
                string,
                number
            ][];
            /** @description The query as typed. */
            query: string;
            /** @description Who should answer. */
            route: components["schemas"]["RouteAnswer"];
            /** @description The text that is searched for. */
            text: string;
            /** @description The words, as bytes of the query from and to. */
            words: [
                number,
                number
            ][];
        };
        /** @description Something that keeps an item out of an answer. */
        Reason: {
            /** @description `unavailable`, `filtered`, `excluded`, `hidden`, `grouped`, `seen`, `not_found` or `beyond`. */
            code: string;
            /** @description The same in a sentence. */
            message: string;
        };
        /** @description An index being built beside the live one, in items. */
        RebuildAnswer: {
            /**
             * Format: int64
             * @description Items in it so far.
             */
            done: number;
            /**
             * Format: int64
             * @description Items it is to have.
             */
            total: number;
        };
        /**
         * @description A recommendation. Name the `kind`, or the `surface` it is for and let that choose the kind: `home` for-you,
         *     `product` similar, `cart` bought-together, `search` popular, `after-purchase` bought-together.
         */
        RecommendBody: {
            /**
             * @description A guest, recognised by a cookie or a device.
             * @default null
             */
            anonymous?: string | null;
            /**
             * @description The `next` of the page before.
             * @default null
             */
            cursor?: string | null;
            /**
             * @description What the answer is looked at on: `desktop`, `tablet` or `phone`.
             * @default null
             */
            device?: string | null;
            /**
             * Format: double
             * @description Variety against score, 0 to 1; the shop's where not said.
             * @default null
             */
            diversity?: number | null;
            /**
             * @description Items never to show.
             * @default []
             */
            exclude?: string[];
            /**
             * @description Whether items the shopper has bought or seen are left out.
             * @default false
             */
            exclude_seen?: boolean;
            /**
             * @description Whether every item explains itself.
             * @default false
             */
            explain?: boolean;
            /**
             * @description Facets to count.
             * @default []
             */
            facets?: components["schemas"]["FacetBody"][];
            /**
             * @description What may be shown.
             * @default null
             * @example category under "Home"
             */
            filter?: string | null;
            /**
             * @description Whether variants of one group are shown as one.
             * @default false
             */
            group?: boolean;
            /**
             * @description Whether items that cannot be bought are shown too.
             * @default false
             */
            include_unavailable?: boolean;
            /**
             * @description Items to start from: the product looked at, the cart; for `for-you`, what somebody new picked as to their taste.
             * @default []
             */
            items?: string[];
            /**
             * @description `for-you`, `similar`, `looks-similar` (by the pictures), `bought-together`, `trending`, `popular`, `recently-viewed` or `new`.
             * @default null
             * @example for-you
             */
            kind?: string | null;
            /**
             * @description Items to return, 1 to 1000; 20 where not said.
             * @default null
             */
            limit?: number | null;
            /**
             * @description What counts beside relevance: `purchase`, `margin` and `novelty`, each 0 to 1, at most 1 together; the shop's where not
             *     said.
             */
            objectives?: Record<string, unknown> | null;
            /**
             * @description Items to skip; offset + limit is at most 10,000.
             * @default 0
             */
            offset?: number;
            /**
             * @description Whether what is known of the shopper moves the order; yes where not said.
             * @default null
             */
            personalise?: boolean | null;
            /**
             * @description Whether the answer is logged as shown; yes where not said.
             * @default null
             */
            record?: boolean | null;
            /**
             * @description What the answer is ordered anew for, each 0 to 1: `popularity` (less of what is popular), `calibration` (to the
             *     shopper's own mix), `dpp` (variety), `exposure` (balanced between sellers), `long_tail` (its least share); `protected`, a
             *     `filter` and the least `share` of its items; and `caps`, such as `{"by": "brand", "most": 2, "among": 10}`. The shop's
             *     where not said.
             */
            reranking?: Record<string, unknown> | null;
            /**
             * @description Pins, boosts, buries and hides of this request alone.
             * @default []
             */
            rules?: Record<string, unknown>[];
            /**
             * Format: int64
             * @description Seed of whatever chance the ranking uses.
             * @default 0
             */
            seed?: number;
            /**
             * @description The shop's own segment of the shopper, for targets of experiments; at most 64 characters.
             * @default null
             */
            segment?: string | null;
            /**
             * @description The visit.
             * @default null
             */
            session?: string | null;
            /**
             * @description `home`, `product`, `cart`, `search` or `after-purchase`.
             * @default null
             * @example home
             */
            surface?: string | null;
            /**
             * @description The shopper, as the shop knows them.
             * @default null
             * @example u-4711
             */
            user?: string | null;
        };
        /** @description A version of a trained recommender. */
        RecommenderAnswer: {
            /**
             * Format: int64
             * @description Bytes it has.
             */
            bytes: number;
            /** @description Whether it is the one that was put in force last. */
            in_force: boolean;
            /**
             * Format: int64
             * @description When it was trained, in milliseconds since 1970.
             */
            made_ms: number;
            /** @description Its method. */
            model?: string | null;
            /** @description What its training says: hyper-parameters, data, seconds, and the comparison. */
            report: Record<string, unknown>;
            /**
             * Format: int32
             * @description Its number.
             */
            version: number;
        };
        /** @description The trained recommenders of a kind. */
        RecommenderKindAnswer: {
            /** @description Why the version in force cannot be used, where it cannot. */
            degraded?: string | null;
            /**
             * Format: int32
             * @description The version that answers; absent where the shop recommends as it learns live.
             */
            in_force?: number | null;
            /** @description `for-you`, `similar` or `bought-together`. */
            kind: string;
            /** @description All versions that are kept, oldest first. */
            versions: components["schemas"]["RecommenderAnswer"][];
        };
        /** @description The trained recommenders of a shop. */
        RecommendersAnswer: {
            /** @description One entry a kind of recommendation. */
            kinds: components["schemas"]["RecommenderKindAnswer"][];
        };
        /** @description A rejected proposal. */
        RejectedAnswer: {
            /** @description One phrase. */
            from: string;
            /** @description What it is restored by. */
            id: string;
            /** @description The other. */
            to: string;
        };
        /** @description What reviews say together, in their own words. */
        ReviewsAnswer: {
            /** @description What they speak of, the most spoken of first. */
            aspects: components["schemas"]["AspectAnswer"][];
            /** @description What most blame first. */
            cons: components["schemas"]["PointAnswer"][];
            /** @description The reviews before them. */
            earlier: components["schemas"]["TallyAnswer"];
            /** @description Items that have reviews. */
            items: number;
            /** @description What most praise first. */
            pros: components["schemas"]["PointAnswer"][];
            /** @description What told praise from blame where no rating did: `lexicon`, or the settings' `reviews_model`. */
            read_by: string;
            /** @description The reviews. */
            reviews: components["schemas"]["TallyAnswer"];
            /** @description Opinions that reviews share, the most shared first. */
            topics: components["schemas"]["TopicAnswer"][];
            /** @description The last weeks in order, those without reviews too. */
            weeks: components["schemas"]["WeekAnswer"][];
        };
        /** @description A kind of recommendation whose last promotion is taken back. */
        RollBackBody: {
            /**
             * @description `for-you`, `similar` or `bought-together`.
             * @example for-you
             */
            kind: string;
        };
        /** @description Who should answer. */
        RouteAnswer: {
            /** @description The category's path, joined by ` > `. */
            category?: string | null;
            /** @description `search`, `category`, `assistant` or `human`. */
            to: string;
        };
        /** @description A row of a batch that was refused. */
        RowError: {
            /** @description Stable and machine-readable. */
            code: string;
            /** @description What would have been accepted. */
            expected: string;
            /** @description Path of the field; empty where the row as a whole is at fault. */
            field: string;
            /** @description What was found, shortened. */
            got: string;
            /** @description Line of the body, from 1, where rows are lines. */
            line?: number | null;
            /** @description The row, from 1; empty lines do not count. */
            row: number;
        };
        /** @description What a rule did. */
        RuleAnswer: {
            /** @description What it did. */
            effect: string;
            /** @description The rule. */
            rule: string;
        };
        /** @description Which items are one product, or variants of one. */
        SameProductAnswer: {
            checking?: components["schemas"]["CheckingAnswer"] | null;
            report?: components["schemas"]["SameProductReportAnswer"] | null;
        };
        /** @description A report on duplicates and variants. */
        SameProductReportAnswer: {
            /** @description Pairs compared: those that share something rare. */
            compared: number;
            /** @description A page of them: duplicates first, then variants, the surest first. */
            groups: components["schemas"]["ProductGroupAnswer"][];
            /** @description Items read. */
            items: number;
            /** @description What they were judged by. */
            matcher: components["schemas"]["MatcherAnswer"];
            /** @description The `after` of the next page; absent at the end. */
            next?: number | null;
            /** @description Groups of those asked for. */
            total: number;
            /** @description Pairs whose judgement would teach most, the least sure first; on the first page only. */
            unsure?: components["schemas"]["PairAnswer"][];
        };
        /**
         * @description What a key opens; each scope includes those before it.
         * @enum {string}
         */
        Scope: "search" | "write" | "admin";
        /** @description A search. */
        SearchBody: {
            /**
             * @description A guest, recognised by a cookie or a device.
             * @default null
             */
            anonymous?: string | null;
            /**
             * @description Whether the shop's cross-encoder reads the best results once more, where it has one; yes where not said.
             * @default null
             */
            cross_encoder?: boolean | null;
            /**
             * @description Whether the shop's curations have a say; yes where not said.
             * @default null
             */
            curated?: boolean | null;
            /**
             * @description The `next` of the page before; stable while writes go on.
             * @default null
             */
            cursor?: string | null;
            /**
             * Format: double
             * @description Share of the best possible match under which results are cut off, 0 to 1.
             * @default null
             */
            cutoff?: number | null;
            /**
             * @description Candidates a retriever brings, 1 to 10,000; 200 where not said.
             * @default null
             */
            depth?: number | null;
            /**
             * @description What the answer is looked at on: `desktop`, `tablet` or `phone`.
             * @default null
             */
            device?: string | null;
            /**
             * Format: double
             * @description Variety against relevance, 0 to 1; the shop's where not said.
             * @default null
             */
            diversity?: number | null;
            /**
             * @description Items never to show.
             * @default []
             */
            exclude?: string[];
            /**
             * @description Whether items the shopper has bought or seen are left out.
             * @default false
             */
            exclude_seen?: boolean;
            /**
             * @description Whether every item explains itself.
             * @default false
             */
            explain?: boolean;
            /**
             * @description Facets to count, over the whole answer.
             * @default []
             */
            facets?: components["schemas"]["FacetBody"][];
            /**
             * @description Weights of text attributes, 0 to 1000, over the shop's.
             * @default {}
             */
            fields?: {
                [key: string]: number;
            };
            /**
             * @description What may be shown, such as `brand = "Sony" and price < 200 and not category under "Toys"`.
             * @default null
             * @example price < 200 and available = true
             */
            filter?: string | null;
            /**
             * @description Whether variants of one group are shown as one.
             * @default false
             */
            group?: boolean;
            /**
             * @description Whether items that cannot be bought are shown too.
             * @default false
             */
            include_unavailable?: boolean;
            /**
             * @description Items the shopper is looking at.
             * @default []
             */
            items?: string[];
            /**
             * @description Items to return, 1 to 1000; 20 where not said.
             * @default null
             */
            limit?: number | null;
            /**
             * @description `hybrid` (words and meaning, the default), `lexical` or `dense`.
             * @default null
             * @example hybrid
             */
            method?: string | null;
            /**
             * @description Items to skip; offset + limit is at most 10,000.
             * @default 0
             */
            offset?: number;
            /**
             * @description Whether what is known of the shopper moves the order; yes where one is named.
             * @default null
             */
            personalise?: boolean | null;
            /**
             * @description A picture (JPEG, PNG or WebP, in base64) to search with: alone where nothing is typed, else beside the words. A
             *     search takes 256 KiB in all; `POST /v1/{shop}/pictures/search` takes 12 MiB.
             * @default null
             */
            picture?: string | null;
            /**
             * Format: double
             * @description The picture's part in the score beside words, 0 to 1; 0.5 where not said.
             * @default null
             */
            picture_weight?: number | null;
            /**
             * @description Ids of curations that are to have their say whatever their time, by their draft where there is one; at most 100. Needs a
             *     key that writes.
             * @default []
             */
            preview?: string[];
            /**
             * @description What was typed, in any language; empty browses the catalogue. At most 2,048 bytes.
             * @default
             * @example waterproof hiking boots
             */
            query?: string;
            /**
             * @description Whether the answer is logged as shown; yes where not said.
             * @default null
             */
            record?: boolean | null;
            /**
             * @description What the answer is ordered anew for, each 0 to 1: `popularity` (less of what is popular), `calibration` (to the
             *     shopper's own mix), `dpp` (variety), `exposure` (balanced between sellers), `long_tail` (its least share); `protected`, a
             *     `filter` and the least `share` of its items; and `caps`, such as `{"by": "brand", "most": 2, "among": 10}`. The shop's
             *     where not said.
             */
            reranking?: Record<string, unknown> | null;
            /**
             * @description Pins, boosts, buries and hides of this search alone: `{"boost": {"filter": "brand = \"Sony\"", "factor": 2}}`.
             * @default []
             */
            rules?: Record<string, unknown>[];
            /**
             * Format: int64
             * @description Seed of whatever chance the ranking uses.
             * @default 0
             */
            seed?: number;
            /**
             * @description The shop's own segment of the shopper, for targets of experiments; at most 64 characters.
             * @default null
             */
            segment?: string | null;
            /**
             * @description The visit.
             * @default null
             */
            session?: string | null;
            /**
             * @description Text attributes of which the best matching part is returned marked, beside the whole title; at most 8.
             * @default []
             */
            snippets?: string[];
            /**
             * @description Order other than by relevance, first key first.
             * @default []
             */
            sort?: components["schemas"]["SortBody"][];
            /**
             * @description `search` where not said; otherwise `home`, `product`, `cart` or `after-purchase`.
             * @default null
             */
            surface?: string | null;
            /**
             * @description How the query is understood.
             * @default {
             *       "off": [],
             *       "without": []
             *     }
             */
            understanding?: components["schemas"]["UnderstandingBody"];
            /**
             * @description The shopper, as the shop knows them.
             * @default null
             */
            user?: string | null;
            /**
             * @description Fusion weights by retriever (`words` or an encoder), 0 to 1000; by default every query chooses its own.
             * @default {}
             */
            weights?: {
                [key: string]: number;
            };
        };
        /** @description One part of the visitors. */
        SegmentAnswer: {
            difference: components["schemas"]["IntervalAnswer"];
            name: string;
            /**
             * Format: double
             * @description Of no difference, corrected for the number of parts.
             */
            p_value: number;
            /**
             * Format: double
             * @description Of the same effect as in all other parts, corrected for their number.
             */
            p_value_interaction: number;
        };
        /** @description The deciding metric in parts of the visitors. */
        SegmentsAnswer: {
            arm: string;
            /** @description By what: `visitors` or `language`. */
            by: string;
            /**
             * Format: double
             * @description Of the same effect everywhere; left out where it cannot be told.
             */
            p_value_interaction?: number | null;
            parts: components["schemas"]["SegmentAnswer"][];
        };
        /** @description A selling point. */
        SellingPointBody: {
            /**
             * @description What it is called.
             * @example 性价比高
             */
            name: string;
            /**
             * @description 3 to 500 phrases that say it.
             * @example [
             *       "物美价廉",
             *       "价格实惠",
             *       "超值划算"
             *     ]
             */
            phrases: string[];
        };
        /** @description Selling points that are looked for in items' texts. */
        SellingPointsBody: {
            /** @description All of them; none looks for none. */
            points: components["schemas"]["SellingPointBody"][];
        };
        /** @description What happened in a shop over time. */
        SeriesAnswer: {
            /**
             * @description The currency of the revenue: the one that brought most, absent where nothing was sold.
             * @example CNY
             */
            currency?: string | null;
            /** @description One a step, oldest first, steps without any activity included. */
            points: components["schemas"]["SeriesPoint"][];
            /**
             * @description `hour` or `day`.
             * @example hour
             */
            step: string;
        };
        /** @description What happened in one step. */
        SeriesPoint: {
            /**
             * Format: int32
             * @description See above.
             */
            carts: number;
            /**
             * Format: double
             * @description Answers that something was clicked in, by answers; those clicked in this step, whenever they were given.
             */
            click_through?: number | null;
            /**
             * Format: int32
             * @description Clicks, things put into carts, and lines bought.
             */
            clicks: number;
            /**
             * Format: double
             * @description Answers that something was bought from, by answers.
             */
            conversion?: number | null;
            /**
             * Format: int32
             * @description Answers of which a part failed.
             */
            degraded: number;
            /**
             * Format: int32
             * @description Requests that failed for the server's (status 5xx), since it started.
             */
            failed: number;
            /**
             * Format: int32
             * @description See above.
             */
            purchases: number;
            /**
             * Format: int32
             * @description Recommendations that were answered and logged.
             */
            recommendations: number;
            /**
             * Format: int32
             * @description Requests that were refused for the caller's reasons (status 4xx), since the server started.
             */
            refused: number;
            /**
             * Format: double
             * @description What was bought for, in `currency`.
             */
            revenue: number;
            /**
             * Format: int32
             * @description Searches that were answered and logged, or told by others.
             */
            searches: number;
            /**
             * Format: int32
             * @description Of the answered ones, those that found nothing.
             */
            searches_empty: number;
            /**
             * Format: int64
             * @description When it begins, in milliseconds since 1970.
             */
            time_ms: number;
            /**
             * Format: int32
             * @description Milliseconds within which half of the answers were made, to the accuracy of classes of durations.
             */
            took_p50_ms?: number | null;
            /**
             * Format: int32
             * @description Within which 99 % were.
             */
            took_p99_ms?: number | null;
        };
        /** @description A kind of ranker, and the trained version in force. */
        ServingRankerAnswer: {
            /** @description `search` or `recommend`. */
            kind: string;
            /**
             * Format: int32
             * @description The version; null where the untrained ranker serves.
             */
            version?: number | null;
        };
        /** @description What a shop decides about itself. */
        Settings: {
            /** @description Attributes declared ahead: `{"colour": {"type": "keywords", "weight": 1}}`. */
            attributes?: Record<string, unknown> | null;
            /** @description Whether audits may tell groups of users apart. */
            audit_groups?: boolean | null;
            /**
             * @description What reads the best results of a search together with the query once more: `model`, a cross-encoder; `top` (2 to 100; 10),
             *     `budget_ms` (1 to 10,000; 50), after which what is not read keeps its place; `weight` (0 to 1; .5) beside the score it
             *     finds. `null` for nothing.
             */
            cross_encoder?: Record<string, unknown> | null;
            /**
             * Format: float
             * @description Share of the best possible match under which results are cut off, 0 to 1.
             */
            cutoff?: number | null;
            /**
             * Format: float
             * @description Variety of answers, 0 to 1.
             */
            diversity?: number | null;
            /** @description Attributes whose text is encoded, in order. */
            encoded?: string[] | null;
            /** @description Encoders whose vectors items have; none searches by words alone. */
            encoders?: string[] | null;
            /**
             * @description How words and vectors are weighed: `words`, `words_selective` (0 to 1), `coverage_power` (0 to 4), and `feedback`, how
             *     far what is like the first results comes up behind the first 20 (0 to 1).
             */
            fusion?: Record<string, unknown> | null;
            /**
             * @description What is added where words decide, in shares of the best score that words can reach: `phrase`, `exact` and `number`
             *     (0 to 4); `minimum_match`, the share of a long query that an item must have where enough
             *     do (0 to 1).
             */
            lexical?: Record<string, unknown> | null;
            /** @description Whether answers are logged as shown. */
            log_impressions?: boolean | null;
            /**
             * @description What counts beside relevance in recommendations: `purchase`, `margin` (the attribute of this name) and `novelty`, each
             *     0 to 1, at most 1 together.
             */
            objectives?: Record<string, unknown> | null;
            /**
             * Format: float
             * @description The most that clicks as they come may add to a result's score or take from it, 0 to 1.
             */
            online_learning?: number | null;
            /** @description The model pictures are compared with: an image encoder, or a joint space of texts and pictures; `null` for none. */
            pictures?: string | null;
            /**
             * @description What answers are ordered anew for: `popularity`, `calibration`, `dpp`, `exposure`, `long_tail` (each 0 to 1), `protected`
             *     (a `filter` and a `share`) and `caps`.
             */
            reranking?: Record<string, unknown> | null;
            /**
             * Format: int32
             * @description Days after which interactions may leave the log.
             */
            retention_days?: number | null;
            /** @description The label model that tells praise from blame in reviews, such as `mercato train` makes; `null` leaves it to the lexicon. */
            reviews_model?: string | null;
            /** @description Pins, boosts, buries and hides of every request: `{"boost": {"filter": "brand = \"Sony\"", "factor": 1.5}}`. */
            rules?: Record<string, unknown>[] | null;
            /**
             * @description The tagging model that reads values in queries beside the lexicon, such as `mercato eval tag --keep` makes; `null`
             *     for none.
             */
            tagger?: string | null;
            /**
             * Format: float
             * @description Minutes in which a ranker that is put in force takes over from the one before, 0 (at once) to 10,080; 10 where not
             *     said.
             */
            takeover_minutes?: number | null;
            /** @description Whether words are kept as they are written too, for searches that find words by their beginnings and past slips. */
            typed?: boolean | null;
            /**
             * @description What outcomes are worth to rankers that tell their chances: `click`, `cart`, `purchase`, `return` (a cost) and
             *     `margin`, each 0 to 100.
             */
            value_weights?: Record<string, unknown> | null;
            /** @description Weights of kinds of interactions: `{"purchase": 5}`. */
            weights?: {
                [key: string]: number;
            } | null;
        };
        /** @description How many of so many. */
        ShareAnswer: {
            /**
             * Format: int64
             * @description All reviews.
             */
            all: number;
            /**
             * Format: int64
             * @description Negative reviews.
             */
            negative: number;
            /**
             * Format: double
             * @description The one by the other.
             */
            share: number;
        };
        /** @description A shop. */
        ShopAnswer: {
            /** @description Its name. */
            id: string;
        };
        /** @description A shop to be made. */
        ShopBody: {
            /**
             * @description Its name: 1 to 64 of `a-z 0-9 - _`, beginning with a letter or digit.
             * @example gifts
             */
            id: string;
            settings?: components["schemas"]["Settings"] | null;
        };
        /** @description All shops. */
        ShopPage: {
            /** @description The shops, sorted by name. */
            shops: components["schemas"]["ShopAnswer"][];
        };
        /** @description Something that was not taken, and why. */
        SkippedAnswer: {
            /** @description How often. */
            count: number;
            /** @description Why. */
            reason: string;
            /**
             * @description What, in the sender's own words.
             * @example Cart Viewed
             */
            what: string;
        };
        /** @description The answer to a search or a recommendation. */
        SlateAnswer: {
            /** @description What is to be told beside the results, as curations say. */
            banners?: components["schemas"]["Banner"][];
            /** @description Ids of the curations that had a say. */
            curations?: string[];
            /** @description Parts of the pipeline that failed and were left out; empty where all is well. */
            degraded: components["schemas"]["DegradedAnswer"][];
            /** @description Facets in the order asked for, counted over the whole answer; exact. */
            facets: components["schemas"]["FacetAnswer"][];
            /** @description The page, best first. */
            items: components["schemas"]["SlateItemAnswer"][];
            /** @description The `cursor` of the next page; absent at the end. */
            next?: string | null;
            /** @description Names this answer; send it with the events that follow from it. */
            query_id: string;
            /** @description Version of the ranker. */
            ranker: string;
            /** @description Where the shopper is to be sent, as a curation says. */
            redirect?: string | null;
            /** @description Items in the whole answer (groups, where grouped); exact. */
            total: number;
            understanding?: components["schemas"]["ReadingAnswer"] | null;
        };
        /** @description An item of a page. */
        SlateItemAnswer: {
            explanation?: components["schemas"]["ExplanationAnswer"] | null;
            group?: components["schemas"]["GroupAnswer"] | null;
            /** @description Attribute → its text as HTML, escaped, with matches between `<em>` and `</em>`. */
            highlights?: {
                [key: string]: string;
            };
            /** @description The item's id. */
            id: string;
            /** @description The item as the catalogue has it. */
            item: components["schemas"]["Item"];
            /** @description Its place in the whole answer, from 1; absent on pages reached by cursor. */
            position?: number | null;
            /**
             * Format: float
             * @description Its final score.
             */
            score: number;
            /** @description The source that ranked it best. */
            source: string;
        };
        /** @description A key of an order: `"price"`, `"price:desc"`, or both parts. */
        SortBody: string | components["schemas"]["SortOptions"];
        /** @description An attribute and a direction. */
        SortOptions: {
            /** @description The attribute. */
            attribute: string;
            /** @description `asc` or `desc`. */
            order?: string;
        };
        /** @description Figures about a shop. */
        StatsAnswer: {
            /** @description Shoppers with state. */
            actors: number;
            /**
             * Format: int64
             * @description Bytes on disk.
             */
            disk_bytes: number;
            /** @description Vectors not computed yet, over all encoders. */
            embeddings_pending: number;
            /**
             * Format: int64
             * @description Events in the log.
             */
            events: number;
            /** @description Item changes not yet searchable by words. */
            index_lag: number;
            /** @description Items in the catalogue. */
            items: number;
            /**
             * Format: int64
             * @description Item changes whose words (brands, kinds, spellings, the currency) queries are not read with yet: seconds after many
             *     items changed, a minute after few.
             */
            lexicon_lag: number;
            rebuild?: components["schemas"]["RebuildAnswer"] | null;
            /**
             * Format: int64
             * @description Searches answered since the start.
             */
            searches: number;
            /**
             * Format: int64
             * @description Those without a result.
             */
            searches_empty: number;
        };
        /** @description How the server is. */
        StatusAnswer: {
            /** @description `ok` or `ready`. */
            status: string;
            /** @description The server's version. */
            version: string;
        };
        /** @description Ways to answer of which each answer follows one, and what is learnt for. */
        Strategies: {
            /**
             * Format: double
             * @description What a reward one answer later is worth, 0 to 1; .95 where not said.
             */
            discount?: number | null;
            /**
             * Format: double
             * @description Minutes without a deed or an answer after which a session is over, 1 to 1,440; 30 where not said.
             */
            session_minutes?: number | null;
            /** @description 2 to 16, or none to end it; the first is what is done where nothing is chosen. */
            strategies: components["schemas"]["Strategy"][];
            /** @description What `click`, `cart` and `purchase` are worth, 0 to 1,000 each; .1, .3 and 1 where not said. */
            worth?: Record<string, unknown> | null;
        };
        /** @description The strategies of a shop, and what was learnt of them. */
        StrategiesAnswer: components["schemas"]["Strategies"] & {
            /**
             * Format: int32
             * @description The learnt policy in force.
             */
            in_force?: number | null;
            /** @description Learnt policies, oldest first. */
            versions: components["schemas"]["StrategyVersionAnswer"][];
        };
        /** @description A way to answer. */
        Strategy: {
            /** @description What it changes of searches and recommendations, as arms of experiments do. */
            changes?: Record<string, unknown> | null;
            /**
             * @description Its name.
             * @example varied
             */
            name: string;
        };
        /** @description A learnt policy. */
        StrategyVersionAnswer: {
            in_force: boolean;
            /**
             * @description What it learnt from (`sessions`, `answers`), whether it may act (`may_act`) and why (`reason`, `judged`: what sessions
             *     brought and what it would have brought).
             */
            report: Record<string, unknown>;
            /** Format: int32 */
            version: number;
        };
        /** @description What may be wanted. */
        SuggestAnswer: {
            /** @description Kind by kind, the best first. */
            suggestions: components["schemas"]["SuggestionAnswer"][];
        };
        /** @description A text to suggest. */
        SuggestionAnswer: {
            /**
             * Format: int32
             * @description Slips that were looked past.
             */
            edits: number;
            /** @description `prefix`, `word prefix`, `words`, `pinyin`, `initials` or `infix`. */
            found_by: string;
            /** @description `query`, `category`, `brand` or `product`. */
            kind: string;
            /** @description Whether the shopper searched for it before; shown to nobody else for that reason. */
            own: boolean;
            /** @description A category's path from the root. */
            path?: string[] | null;
            /**
             * Format: float
             * @description Comparable within a kind.
             */
            score: number;
            /** @description The bytes of the text that what was typed stands for. */
            span: [
                number,
                number
            ];
            /** @description The text. */
            text: string;
        };
        /** @description What exploring a surface does and costs. */
        SurfaceAnswer: {
            /**
             * Format: int64
             * @description Places learnt from.
             */
            learnt: number;
            /**
             * Format: int64
             * @description Places refused or unseen.
             */
            left_out: number;
            /**
             * Format: double
             * @description Share of clicks an exploring answer loses, as observed; nothing before there is evidence.
             */
            loss?: number | null;
            policy: string;
            /**
             * Format: double
             * @description Lower bound of the loss of revenue; nothing before there is evidence.
             */
            revenue_loss_lower?: number | null;
            /**
             * Format: double
             * @description Share of answers that may explore now.
             */
            share: number;
            /**
             * Format: double
             * @description Share of all clicks lost to exploring lately, as observed.
             */
            spent: number;
            surface: string;
            /** @description Answers that wait for clicks. */
            waiting: number;
        };
        /** @description What is explored on one surface, and how. Only `surface` and `policy` must be said. */
        SurfaceExploration: {
            /** @description What it may cost: `{"regret": 0.02, "revenue_loss": 0.02, "share": 0.5, "confidence": 0.9, "memory": 20000}`. */
            budget?: Record<string, unknown> | null;
            /** @description Places set aside for new items: `{"places": [5], "exposures": 50, "days": 7}`. */
            cold_start?: Record<string, unknown> | null;
            /**
             * Format: int32
             * @description How many of the best ranked items compete for them, 2 to 500; 50 where not said.
             */
            depth?: number | null;
            /**
             * Format: double
             * @description What a lesson still counts after the next one, 0.9 to 1.
             */
            discount?: number | null;
            /** @description How people look down a list: `cascade`, `certain`, or probabilities by place. */
            examination?: Record<string, unknown> | null;
            /**
             * Format: double
             * @description The least probability of each candidate.
             */
            floor?: number | null;
            /**
             * Format: double
             * @description Lessons after which the strength has halved.
             */
            half_life?: number | null;
            /**
             * Format: double
             * @description How long clicks are waited for before an answer is learnt from; 600 where not said.
             */
            patience_seconds?: number | null;
            /** @description The first and the last place that may be explored, from 1; 3 to 10 where not said. */
            places?: number[] | null;
            /**
             * @description Who decides what to try: `epsilon-greedy`, `boltzmann`, `ucb`, `thompson`, `lin-ucb`, `linear-thompson`,
             *     `logistic-thompson`, `square-cb`.
             * @example thompson
             */
            policy: string;
            /**
             * Format: double
             * @description Looks that the ranker's own score is worth.
             */
            prior_looks?: number | null;
            /**
             * Format: double
             * @description How much is tried: the policy's epsilon, temperature or width.
             */
            strength?: number | null;
            /**
             * Format: double
             * @description What it decays to.
             */
            strength_min?: number | null;
            /**
             * @description `home`, `product`, `cart`, `search`, `after-purchase`.
             * @example home
             */
            surface: string;
        };
        /** @description What speaks for a proposal. */
        SynonymEvidenceAnswer: {
            /** @description `reformulated`, `co-clicked`, `neighbours`, `same-places`, `variant`, `initials` or `together`. */
            kind: string;
            /** @description It in words. */
            says: string;
        };
        /** @description Two phrases that may stand for one another. */
        SynonymProposalAnswer: {
            /** @description What speaks for it. */
            evidence: components["schemas"]["SynonymEvidenceAnswer"][];
            /** @description One phrase. */
            from: string;
            /** @description What it is accepted or rejected by. */
            id: string;
            /** @description The rule it comes to when it is accepted. */
            rule: string;
            /**
             * Format: float
             * @description How likely both mean the same, 0 to 1.
             */
            score: number;
            /** @description The other. */
            to: string;
        };
        /** @description A shop's synonyms. */
        SynonymsBody: {
            /**
             * @description One rule each: `a, b, c` both ways, `a => b, c` one way; `{number}` stands for a number.
             * @example [
             *       "tee, t-shirt",
             *       "ua => under armour",
             *       "{number} inch, {number}寸"
             *     ]
             */
            rules: string[];
        };
        /** @description Reviews counted by what they are. */
        TallyAnswer: {
            /**
             * Format: int32
             * @description All of them.
             */
            all: number;
            /**
             * Format: int32
             * @description Blame.
             */
            negative: number;
            /**
             * Format: int32
             * @description Neither.
             */
            neutral: number;
            /**
             * Format: int32
             * @description Praise.
             */
            positive: number;
        };
        /** @description A term of the query matched an attribute. */
        TermAnswer: {
            /** @description The attribute. */
            field: string;
            /**
             * Format: float
             * @description What it added to the words' score.
             */
            score: number;
            /** @description The term, as indexed. */
            term: string;
        };
        /** @description A text, or texts by language code. */
        Text: string | {
            [key: string]: string;
        };
        /** @description An opinion that reviews share. */
        TopicAnswer: {
            /** @description The aspect. */
            aspect: string;
            /** @description What is spoken of, in the words of the reviews. */
            named: string;
            /** @description What is said of it. */
            opinion: string;
            /**
             * Format: int32
             * @description Reviews that say so, at least.
             */
            reviews: number;
            /** @description `positive` or `negative`. */
            sentiment: string;
        };
        /** @description What became of calls of a tracker. */
        TrackedAnswer: components["schemas"]["EventsAnswer"] & {
            /** @description Calls that cannot be read; the others were taken. */
            refused?: components["schemas"]["RowError"][];
            /** @description That the calls were taken as far as told. */
            success: boolean;
        };
        /**
         * @description What is to be trained. The chosen models are compared on the last days of the log with what is in force and with what is
         *     learnt live; the best is trained again on everything and kept.
         */
        TrainBody: {
            /**
             * Format: int32
             * @description Days at the end of the log on which models are compared, 1 to 3650.
             * @default 30
             */
            holdout_days?: number;
            /**
             * @description What the model is to recommend: `for-you`, `similar` or `bought-together`.
             * @default for-you
             * @example for-you
             */
            kind?: string;
            /**
             * Format: int64
             * @description Memory the training may take, in MiB; most of what is free where not said.
             * @default null
             */
            memory_mib?: number | null;
            /**
             * @description Methods by name; `all` stands for every one.
             * @default [
             *       "all"
             *     ]
             * @example [
             *       "all"
             *     ]
             */
            models?: string[];
            /** @description Hyper-parameters other than the defaults, by method and name. */
            parameters?: Record<string, unknown>;
            /**
             * @description When the new model is put in force: `no`, `yes` or `if-better`.
             * @default no
             * @example if-better
             */
            promote?: string;
            /**
             * @description Threads of the training; half of the cores where not said.
             * @default null
             */
            threads?: number | null;
        };
        /** @description How a ranker is to be trained on the shop's log. */
        TrainRankerBody: {
            /**
             * @description Whether what is known of shoppers is left out.
             * @default false
             */
            impersonal?: boolean;
            /**
             * @description When the new ranker is put in force: `no`, `yes` or `if-better`, which asks for more than noise.
             * @default no
             * @example if-better
             */
            promote?: string;
            /**
             * @description Answers of the log to learn from, the last ones, 1 to 1000000.
             * @default 50000
             * @example 50000
             */
            slates?: number;
            /**
             * @description Threads of the training; half of the cores where not said.
             * @default null
             */
            threads?: number | null;
        };
        /** @description How a training stands. */
        TrainingAnswer: {
            /**
             * Format: int64
             * @description When it began, in milliseconds since 1970.
             */
            began_ms?: number | null;
            /** @description `request` or `schedule`. */
            by?: string | null;
            /**
             * Format: double
             * @description How much of the step is done, 0 to 1.
             */
            done?: number | null;
            /** @description Why it failed. */
            error?: string | null;
            /** @description What is trained. */
            kind?: string | null;
            /** @description The methods of a recommender. */
            models?: string[];
            /** @description What came of it: the comparison, the version, and whether and why it was put in force. */
            report?: Record<string, unknown>;
            /**
             * Format: double
             * @description Seconds it took so far, or in all.
             */
            seconds?: number | null;
            /** @description `idle` (none since the start), `running`, `cancelling`, `cancelled`, `finished` or `failed`. */
            state: string;
            /** @description Its step. */
            step?: string | null;
        };
        /** @description A query to understand. */
        UnderstandBody: {
            /**
             * @description What was typed.
             * @default
             * @example 红色连衣裙 200元以下
             */
            query?: string;
            /**
             * @description Steps to leave out, and findings to take away.
             * @default {
             *       "off": [],
             *       "without": []
             *     }
             */
            understanding?: components["schemas"]["UnderstandingBody"];
        };
        /** @description What a search asks of understanding. */
        UnderstandingBody: {
            /**
             * @description Steps to leave out: `normalise`, `words`, `spelling`, `quantities`, `entities`, `negation`, `synonyms`, `intent`,
             *     `category`, `relax`; `all` for all of them.
             * @default []
             * @example [
             *       "spelling"
             *     ]
             */
            off?: string[];
            /**
             * @description Keys of findings that the shopper has taken away.
             * @default []
             * @example [
             *       "entities:brand=Sony"
             *     ]
             */
            without?: string[];
        };
        /** @description What would come of settings. */
        ValidatedAnswer: {
            /** @description Whether an index would be built anew for them, beside the live one. */
            needs_rebuild: boolean;
            /** @description What is wrong; none where they can be put in force. */
            problems: components["schemas"]["ProblemAnswer"][];
            settings?: components["schemas"]["Settings"] | null;
        };
        /** @description A chance and what it counts: `contribution = weight * probability`, but for a chance told as 0 or 1. */
        ValueAnswer: {
            /**
             * Format: float
             * @description What it added to the score.
             */
            contribution: number;
            /** @description `click`, `cart`, `purchase` or `return`. */
            head: string;
            /**
             * Format: float
             * @description How likely it follows where the item is looked at.
             */
            probability: number;
            /**
             * Format: float
             * @description What it counts: the shop's `value_weights`, in the units of the score.
             */
            weight: number;
        };
        /** @description Similarity under one encoder. */
        VectorAnswer: {
            /** @description The encoder. */
            encoder: string;
            /**
             * Format: float
             * @description Cosine, -1 to 1.
             */
            similarity: number;
        };
        /** @description The reviews of a week. */
        WeekAnswer: components["schemas"]["TallyAnswer"] & {
            /** @description When it begins: a Monday, at midnight UTC. */
            begins: string;
        };
        /**
         * @description What would have to change for an item to stand at a place, by its score: what rules pin or bury, objectives and the
         *     variety of the answer do afterwards is left aside.
         */
        WhatIfAnswer: {
            /**
             * @description For each feature that could do it alone, all others being as they are, the nearest value that is enough; smallest
             *     change first.
             */
            changes: components["schemas"]["NeededChangeAnswer"][];
            /** @description The same in a sentence. */
            message: string;
            /**
             * Format: float
             * @description What that score would have to exceed.
             */
            needed: number;
            /** @description Its place by score, from 1; absent where no source finds it. */
            place?: number | null;
            /**
             * Format: float
             * @description The ranker's score of it.
             */
            score: number;
            /** @description The place that was asked for; the last one where there are not so many. */
            to_place: number;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export type operations = Record<string, never>;

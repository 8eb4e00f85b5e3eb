# syntax=docker/dockerfile:1
# The server in an image without a shell. docs/deployment.md says how to run it, and what of this was not exercised.

FROM rust:1.94-bookworm AS build
WORKDIR /src
COPY . .
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target \
    cargo build --release --locked --package mercato && \
    strip --strip-debug -o /mercato target/release/mercato && \
    mkdir /data

# The binary needs the C and C++ libraries of the system that built it: both are Debian 12.
FROM gcr.io/distroless/cc-debian12:nonroot
COPY --from=build /mercato /usr/local/bin/mercato
COPY --from=build --chown=nonroot:nonroot /data /var/lib/mercato
COPY models /usr/share/mercato/models
COPY LICENSE NOTICE /usr/share/doc/mercato/
ENV MERCATO_DATA_DIR=/var/lib/mercato \
    MERCATO_MODELS_DIR=/usr/share/mercato/models \
    MERCATO_BIND=0.0.0.0:7700 \
    MERCATO_LOG_FORMAT=json
USER nonroot
VOLUME /var/lib/mercato
EXPOSE 7700
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s CMD ["/usr/local/bin/mercato", "health", "--url", "http://127.0.0.1:7700"]
ENTRYPOINT ["/usr/local/bin/mercato"]
CMD ["serve"]

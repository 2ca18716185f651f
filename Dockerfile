# The pretrain command in a container: on processor cores (target cpu) or on NVIDIA GPUs (target cuda).
#
#   docker build --target cpu --tag pretrain:cpu .
#   docker build --target cuda --tag pretrain:cuda .
#
# docs/deployment.md makes clusters of them. Debian 12 is what the project is tested on; TorchSharp's packages bring libtorch.

# What runs the command, whichever libtorch it computes with.
FROM debian:12-slim AS runtime
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates curl libgcc-s1 libssl3 libstdc++6 tini zlib1g \
    && rm -rf /var/lib/apt/lists/*
# Debian has no package of .NET.
RUN curl --fail --silent --show-error --location https://dot.net/v1/dotnet-install.sh --output /usr/local/bin/dotnet-install \
    && bash /usr/local/bin/dotnet-install --channel 10.0 --runtime dotnet --install-dir /usr/share/dotnet --no-path \
    && ln -s /usr/share/dotnet/dotnet /usr/local/bin/dotnet
ENV DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
# docs/tensor-engine.md
ENV MALLOC_ARENA_MAX=1

# A user of its own: whatever nodes share belongs to this number.
RUN useradd --uid 10001 --user-group --home-dir /pretrain --create-home pretrain \
    && mkdir /pretrain/runs /pretrain/data /pretrain/certificates \
    && chown pretrain:pretrain /pretrain/runs /pretrain/data /pretrain/certificates
COPY cluster/container/pretrain cluster/container/entrypoint /usr/local/bin/
COPY configs /pretrain/configs
WORKDIR /pretrain
EXPOSE 4053
# A node's children outlive their parents at times; tini sees them out, and hands SIGTERM on to the node alone.
ENTRYPOINT ["/usr/bin/tini", "--", "entrypoint"]
CMD ["pretrain", "--help"]

FROM runtime AS build
RUN bash /usr/local/bin/dotnet-install --channel 10.0 --install-dir /usr/share/dotnet --no-path
WORKDIR /source
COPY . .

FROM build AS build-cpu
RUN cluster/container/publish /opt/pretrain

# The CUDA libraries come with the package, too; only the driver is the machine's.
FROM build AS build-cuda
ENV TorchSharpPackage=TorchSharp-cuda-linux
RUN cluster/container/publish /opt/pretrain

FROM runtime AS cuda
COPY --from=build-cuda /opt/pretrain /opt/pretrain
ENV NVIDIA_VISIBLE_DEVICES=all NVIDIA_DRIVER_CAPABILITIES=compute,utility
USER 10001:10001

FROM runtime AS cpu
COPY --from=build-cpu /opt/pretrain /opt/pretrain
USER 10001:10001

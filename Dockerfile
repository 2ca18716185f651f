# The pretrain command in a container: on processor cores (target cpu) or on NVIDIA GPUs (target cuda).
#
#   docker build --target cpu --tag pretrain:cpu .
#   docker build --target cuda --tag pretrain:cuda .
#
# docs/deployment.md makes clusters of them. Debian 12 is what the project is tested on; its libtorch serves the processor.

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

# A user of its own: whatever nodes share belongs to this number.
RUN useradd --uid 10001 --user-group --home-dir /pretrain --create-home pretrain \
    && mkdir /pretrain/runs /pretrain/data \
    && chown pretrain:pretrain /pretrain/runs /pretrain/data
COPY cluster/container/pretrain cluster/container/entrypoint /usr/local/bin/
COPY configs /pretrain/configs
WORKDIR /pretrain
EXPOSE 4053
# A node's children outlive their parents at times; tini sees them out, and hands SIGTERM on to the node alone.
ENTRYPOINT ["/usr/bin/tini", "--", "entrypoint"]
CMD ["pretrain", "--help"]

FROM runtime AS build
RUN bash /usr/local/bin/dotnet-install --channel 10.0 --install-dir /usr/share/dotnet --no-path
RUN apt-get update \
    && apt-get install --yes --no-install-recommends cmake g++ make \
    && rm -rf /var/lib/apt/lists/*
# Which of the two engines computes is said, not found out: docs/tensor-engine.md.
ENV TensorEngine=LibTorch
WORKDIR /source

FROM build AS build-cpu
RUN apt-get update \
    && apt-get install --yes --no-install-recommends libopenblas0-pthread libtorch-dev \
    && rm -rf /var/lib/apt/lists/*
COPY . .
RUN cluster/container/publish /opt/pretrain

FROM build AS build-cuda
# PyTorch's wheel brings libtorch and the CUDA libraries that it was built with; only the driver is the machine's.
ARG TORCH=2.6.0
RUN apt-get update \
    && apt-get install --yes --no-install-recommends python3-venv \
    && rm -rf /var/lib/apt/lists/* \
    && python3 -m venv /opt/torch \
    && /opt/torch/bin/pip install --no-cache-dir "torch==$TORCH" \
    && ln -s /opt/torch/lib/python3*/site-packages/torch /opt/libtorch
ENV LIBTORCH=/opt/libtorch
COPY . .
RUN cluster/container/publish /opt/pretrain

FROM runtime AS cuda
COPY --from=build-cuda /opt/torch /opt/torch
COPY --from=build-cuda /opt/libtorch /opt/libtorch
COPY --from=build-cuda /opt/pretrain /opt/pretrain
ENV NVIDIA_VISIBLE_DEVICES=all NVIDIA_DRIVER_CAPABILITIES=compute,utility
USER 10001:10001

FROM runtime AS cpu
RUN apt-get update \
    && apt-get install --yes --no-install-recommends libopenblas0-pthread libtorch-dev \
    && rm -rf /var/lib/apt/lists/*
COPY --from=build-cpu /opt/pretrain /opt/pretrain
USER 10001:10001

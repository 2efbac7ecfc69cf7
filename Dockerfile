# scar in a container: docker build -t grycap/scar . && docker run --rm -v "$HOME/.aws:/root/.aws:ro" -v "$HOME/.scar:/root/.scar" -v "$PWD:/work" grycap/scar init -f fn.yaml
FROM node:24-slim AS build
WORKDIR /src
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts
COPY . .
RUN npm pack --pack-destination /tmp

FROM node:24-slim
COPY --from=build /tmp/scar-*.tgz /tmp/
RUN npm install --global --omit=dev /tmp/scar-*.tgz && rm /tmp/scar-*.tgz
WORKDIR /work
ENTRYPOINT ["scar"]

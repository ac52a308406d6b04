# One file for both services: docker build --build-arg SERVICE=queue-gateway . (or booking-service).

# The versions of both images, in one place.
ARG MAVEN=3.9.11-eclipse-temurin-25
ARG JAVA=25.0.1_8-jre-noble

FROM eclipse-temurin:${JAVA} AS java

FROM maven:${MAVEN} AS build
ARG SERVICE
WORKDIR /source
# What was downloaded stays with the builder, whichever file has changed.
COPY . .
RUN --mount=type=cache,target=/root/.m2 mvn -B -ntp -pl "${SERVICE}" -am package -Dmaven.test.skip=true
RUN java -Djarmode=tools -jar "${SERVICE}"/target/"${SERVICE}"-*-exec.jar \
      extract --layers --destination /layers \
 && mv /layers/application/*-exec.jar /layers/application/service.jar

# What both the training and the service itself stand on: a cache fits the very same files and the very same Java.
FROM java AS service
RUN useradd --system --uid 10001 --user-group --no-create-home stagedoor
WORKDIR /service
# From what seldom changes to what always does.
COPY --from=build /layers/dependencies/ ./
COPY --from=build /layers/spring-boot-loader/ ./
COPY --from=build /layers/snapshot-dependencies/ ./
COPY --from=build /layers/application/ ./
COPY deploy/image/java-options deploy/image/compiler-directives ./

# A rehearsal needs no server and no secret: what it signs with is made up, and thrown away.
FROM service AS trained
ARG SERVICE
COPY deploy/image/*.training ./
RUN java @java-options @"${SERVICE}".training

FROM service
COPY --from=trained /service/service.aot ./
# By number: Kubernetes' runAsNonRoot knows no names.
USER 10001
ENTRYPOINT ["java", "@java-options", "-XX:AOTCache=service.aot", "-jar", "service.jar"]

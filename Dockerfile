# One file for both services: docker build --build-arg SERVICE=queue-gateway . (or booking-service).

FROM maven:3.9-eclipse-temurin-25 AS build
ARG SERVICE
WORKDIR /source
COPY . .
# What was downloaded stays with the builder, whichever file has changed.
RUN --mount=type=cache,target=/root/.m2 mvn -B -ntp -pl "${SERVICE}" -am package -Dmaven.test.skip=true
RUN java -Djarmode=tools -jar "${SERVICE}"/target/"${SERVICE}"-*-exec.jar \
      extract --layers --destination /layers \
 && mv /layers/application/*-exec.jar /layers/application/service.jar

FROM eclipse-temurin:25-jre
RUN useradd --system --uid 10001 --user-group --no-create-home stagedoor
WORKDIR /service
# From what seldom changes to what always does.
COPY --from=build /layers/dependencies/ ./
COPY --from=build /layers/spring-boot-loader/ ./
COPY --from=build /layers/snapshot-dependencies/ ./
COPY --from=build /layers/application/ ./
# By number: Kubernetes' runAsNonRoot knows no names.
USER 10001
# Half of the memory is heap; Netty may take as much again outside of it.
ENTRYPOINT ["java", "-XX:+UseG1GC", "-XX:MaxRAMPercentage=45", "-XX:+ExitOnOutOfMemoryError", \
            "--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow", \
            "-jar", "service.jar"]

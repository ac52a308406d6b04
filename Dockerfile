# One file for both services: docker build --build-arg SERVICE=queue-gateway . (or booking-service).

FROM maven:3.9-eclipse-temurin-25 AS build
ARG SERVICE
WORKDIR /source
COPY . .
RUN mvn -B -ntp -pl "${SERVICE}" -am package -Dmaven.test.skip=true
RUN java -Djarmode=tools -jar "${SERVICE}"/target/"${SERVICE}"-*-exec.jar \
      extract --layers --destination /layers \
 && mv /layers/application/*-exec.jar /layers/application/service.jar

FROM eclipse-temurin:25-jre
RUN useradd --system --user-group --no-create-home stagedoor
WORKDIR /service
# From what seldom changes to what always does.
COPY --from=build /layers/dependencies/ ./
COPY --from=build /layers/spring-boot-loader/ ./
COPY --from=build /layers/snapshot-dependencies/ ./
COPY --from=build /layers/application/ ./
USER stagedoor
# Half of the memory is heap; Netty may take as much again outside of it.
ENTRYPOINT ["java", "-XX:+UseG1GC", "-XX:MaxRAMPercentage=45", "-XX:+ExitOnOutOfMemoryError", \
            "--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow", \
            "-jar", "service.jar"]

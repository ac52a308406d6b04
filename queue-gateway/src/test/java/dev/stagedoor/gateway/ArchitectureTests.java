package dev.stagedoor.gateway;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;

/**
 * door → page, verdict → line → visitor → token → waitingroom; ops → answer → forward → upstream,
 * and share apart. What a request says of itself is below all that hear of requests.
 */
@TestInstance(Lifecycle.PER_CLASS)
class ArchitectureTests {

    private final JavaClasses classes =
            new ClassFileImporter()
                    .withImportOption(new ImportOption.DoNotIncludeTests())
                    .importPackages("dev.stagedoor.gateway");

    private static final String GATEWAY = "dev.stagedoor.gateway.";

    @Test
    void noCycles() {
        slices().matching(GATEWAY + "(*)..").should().beFreeOfCycles().check(classes);
    }

    @Test
    void noCyclesInTheWaitingRoom() {
        slices().matching(GATEWAY + "waitingroom.(**)").should().beFreeOfCycles().check(classes);
    }

    @Test
    void arrows() {
        layeredArchitecture()
                .consideringOnlyDependenciesInLayers()
                .layer("door")
                .definedBy(GATEWAY + "door..")
                .layer("page")
                .definedBy(GATEWAY + "page..")
                .layer("verdict")
                .definedBy(GATEWAY + "verdict..")
                .layer("line")
                .definedBy(GATEWAY + "line..")
                .layer("visitor")
                .definedBy(GATEWAY + "visitor..")
                .layer("connection")
                .definedBy(GATEWAY + "connection..")
                .layer("share")
                .definedBy(GATEWAY + "share..")
                .layer("answer")
                .definedBy(GATEWAY + "answer..")
                .layer("token")
                .definedBy(GATEWAY + "token..")
                .layer("forward")
                .definedBy(GATEWAY + "forward..")
                .layer("upstream")
                .definedBy(GATEWAY + "upstream..")
                .layer("timers")
                .definedBy(GATEWAY + "timers..")
                .layer("ops")
                .definedBy(GATEWAY + "ops..")
                .layer("waitingroom")
                .definedBy(GATEWAY + "waitingroom..")
                .whereLayer("page")
                .mayOnlyAccessLayers("line", "visitor", "answer", "connection", "waitingroom")
                .whereLayer("verdict")
                .mayOnlyAccessLayers("line", "share", "visitor", "answer", "waitingroom")
                .whereLayer("line")
                .mayOnlyAccessLayers("share", "visitor", "answer", "token", "waitingroom")
                .whereLayer("share")
                .mayOnlyAccessLayers("waitingroom")
                .whereLayer("visitor")
                .mayOnlyAccessLayers("token", "waitingroom")
                .whereLayer("connection")
                .mayOnlyAccessLayers("share", "answer", "visitor", "forward", "upstream")
                .whereLayer("answer")
                .mayOnlyAccessLayers("forward", "waitingroom")
                .whereLayer("token")
                .mayOnlyAccessLayers("waitingroom")
                .whereLayer("forward")
                .mayOnlyAccessLayers("share", "upstream")
                .whereLayer("upstream")
                .mayNotAccessAnyLayer()
                .whereLayer("timers")
                .mayOnlyAccessLayers("waitingroom")
                .whereLayer("ops")
                .mayOnlyAccessLayers("answer", "token", "waitingroom")
                .whereLayer("waitingroom")
                .mayNotAccessAnyLayer()
                .check(classes);
    }

    /** The model ← what Redis holds ← what is known ← the room that brings them together. */
    @Test
    void arrowsInTheWaitingRoom() {
        layeredArchitecture()
                .consideringOnlyDependenciesInLayers()
                .layer("room")
                .definedBy(GATEWAY + "waitingroom.room")
                .layer("known")
                .definedBy(GATEWAY + "waitingroom.known")
                .layer("redis")
                .definedBy(GATEWAY + "waitingroom.redis")
                .layer("model")
                .definedBy(GATEWAY + "waitingroom")
                .whereLayer("known")
                .mayOnlyAccessLayers("redis", "model")
                .whereLayer("redis")
                .mayOnlyAccessLayers("model")
                .whereLayer("model")
                .mayNotAccessAnyLayer()
                .check(classes);
    }

    @Test
    void nobodyKnowsOperators() {
        noClasses()
                .that()
                .resideOutsideOfPackage("..gateway.ops..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("..gateway.ops..")
                .check(classes);
    }

    @Test
    void theLineAndItsTokensKnowNoHttp() {
        noClasses()
                .that()
                .resideInAnyPackage(
                        GATEWAY + "waitingroom..",
                        GATEWAY + "token..",
                        GATEWAY + "timers..",
                        GATEWAY + "meters..")
                .and()
                .doNotHaveSimpleName("Setting") // whose paths are patterns
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "org.springframework.http..",
                        "org.springframework.web..",
                        "io.netty.handler.codec.http..",
                        "reactor.netty.http..")
                .check(classes);
    }

    @Test
    void onlyOnePackageKnowsRedis() {
        noClasses()
                .that()
                .resideOutsideOfPackage(GATEWAY + "waitingroom.redis")
                .and()
                .doNotHaveSimpleName("GatewayConfiguration")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("org.springframework.data.redis..", "io.lettuce..")
                .check(classes);
    }

    @Test
    void nobodyBlocks() {
        noClasses()
                .should()
                .callMethodWhere(
                        com.tngtech.archunit.core.domain.JavaCall.Predicates.target(
                                com.tngtech.archunit.core.domain.properties.HasName.Predicates
                                        .nameMatching("block|blockFirst|blockLast|blockOptional")))
                .orShould()
                .callMethod(Thread.class, "sleep", long.class)
                .check(classes);
    }

    @Test
    void theBookingServiceIsSomebodyElse() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .resideInAPackage("dev.stagedoor.booking..")
                .check(classes);
    }
}

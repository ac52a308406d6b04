package dev.stagedoor.gateway;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/**
 * door → page, verdict → line, gate → visitor → token → waitingroom; answer → forward → upstream,
 * share and ops apart. What a request says of itself is below all that hear of requests.
 */
@AnalyzeClasses(
        packages = "dev.stagedoor.gateway",
        importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTests {

    private static final String GATEWAY = "dev.stagedoor.gateway.";

    @ArchTest
    static final ArchRule noCycles = slices().matching(GATEWAY + "(*)..").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule noCyclesInTheWaitingRoom =
            slices().matching(GATEWAY + "waitingroom.(**)").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule arrows =
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
                    .layer("gate")
                    .definedBy(GATEWAY + "gate..")
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
                    .mayOnlyAccessLayers(
                            "line", "visitor", "answer", "connection", "gate", "waitingroom")
                    .whereLayer("verdict")
                    .mayOnlyAccessLayers("line", "share", "visitor", "answer", "waitingroom")
                    .whereLayer("line")
                    .mayOnlyAccessLayers("share", "visitor", "answer", "token", "waitingroom")
                    .whereLayer("share")
                    .mayOnlyAccessLayers("waitingroom")
                    .whereLayer("visitor")
                    .mayOnlyAccessLayers("answer", "token", "forward", "waitingroom")
                    .whereLayer("connection")
                    .mayOnlyAccessLayers("share", "answer", "visitor", "forward", "upstream")
                    .whereLayer("answer")
                    .mayOnlyAccessLayers("forward", "waitingroom")
                    .whereLayer("gate")
                    .mayOnlyAccessLayers("share", "visitor", "token", "waitingroom")
                    .whereLayer("token")
                    .mayOnlyAccessLayers("waitingroom")
                    .whereLayer("forward")
                    .mayOnlyAccessLayers("share", "upstream")
                    .whereLayer("upstream")
                    .mayNotAccessAnyLayer()
                    .whereLayer("timers")
                    .mayOnlyAccessLayers("waitingroom")
                    .whereLayer("ops")
                    .mayOnlyAccessLayers("token", "waitingroom")
                    .whereLayer("waitingroom")
                    .mayNotAccessAnyLayer();

    /** The model ← what Redis holds ← what is known ← the room that brings them together. */
    @ArchTest
    static final ArchRule arrowsInTheWaitingRoom =
            layeredArchitecture()
                    .consideringOnlyDependenciesInLayers()
                    .layer("room")
                    .definedBy(GATEWAY + "waitingroom.room")
                    .layer("known")
                    .definedBy(GATEWAY + "waitingroom.known")
                    .layer("redis")
                    .definedBy(GATEWAY + "waitingroom.redis")
                    .layer("operators")
                    .definedBy(GATEWAY + "waitingroom.operators")
                    .layer("model")
                    .definedBy(GATEWAY + "waitingroom")
                    .whereLayer("known")
                    .mayOnlyAccessLayers("redis", "model")
                    .whereLayer("redis")
                    .mayOnlyAccessLayers("operators", "model")
                    .whereLayer("operators")
                    .mayOnlyAccessLayers("model")
                    .whereLayer("model")
                    .mayNotAccessAnyLayer();

    @ArchTest
    static final ArchRule nobodyKnowsOperators =
            noClasses()
                    .that()
                    .resideOutsideOfPackage("..gateway.ops..")
                    .should()
                    .dependOnClassesThat()
                    .resideInAPackage("..gateway.ops..");

    @ArchTest
    static final ArchRule whoSignsInIsNoMatterOfWhatTheyDo =
            noClasses()
                    .that()
                    .resideInAPackage("..ops.signin..")
                    .should()
                    .dependOnClassesThat()
                    .resideInAPackage("..gateway.ops");

    @ArchTest
    static final ArchRule theLineAndItsTokensKnowNoHttp =
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
                            "reactor.netty.http..");

    @ArchTest
    static final ArchRule onlyOnePackageKnowsRedis =
            noClasses()
                    .that()
                    .resideOutsideOfPackage(GATEWAY + "waitingroom.redis")
                    .and()
                    .doNotHaveSimpleName("GatewayConfiguration")
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage("org.springframework.data.redis..", "io.lettuce..");

    @ArchTest
    static final ArchRule nobodyBlocks =
            noClasses()
                    .should()
                    .callMethodWhere(
                            com.tngtech.archunit.core.domain.JavaCall.Predicates.target(
                                    com.tngtech.archunit.core.domain.properties.HasName.Predicates
                                            .nameMatching(
                                                    "block|blockFirst|blockLast|blockOptional")))
                    .orShould()
                    .callMethod(Thread.class, "sleep", long.class);

    @ArchTest
    static final ArchRule theBookingServiceIsSomebodyElse =
            noClasses().should().dependOnClassesThat().resideInAPackage("dev.stagedoor.booking..");
}

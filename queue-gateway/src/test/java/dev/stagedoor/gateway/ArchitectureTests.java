package dev.stagedoor.gateway;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** web → access → waitingroom ← admission; web → identity; forward and ops apart. */
@AnalyzeClasses(
        packages = "dev.stagedoor.gateway",
        importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTests {

    @ArchTest
    static final ArchRule noCycles =
            slices().matching("dev.stagedoor.gateway.(*)..").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule theLineKnowsNobodyAboveIt =
            noClasses()
                    .that()
                    .resideInAPackage("..waitingroom..")
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage(
                            "..gateway.web..", "..access..", "..admission..", "..forward..");

    @ArchTest
    static final ArchRule accessKnowsNoHttpAndNoForwarding =
            noClasses()
                    .that()
                    .resideInAPackage("..access..")
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage("..gateway.web..", "..forward..", "..admission..");

    @ArchTest
    static final ArchRule forwardingKnowsNothingOfLines =
            noClasses()
                    .that()
                    .resideInAPackage("..forward..")
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage("..waitingroom..", "..access..", "..gateway.web..");

    @ArchTest
    static final ArchRule operatorsSeeTheLineAndItsTokensOnly =
            noClasses()
                    .that()
                    .resideInAPackage("..gateway.ops..")
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage(
                            "..gateway.web..", "..forward..", "..admission..", "..meters..");

    @ArchTest
    static final ArchRule nobodyKnowsOperators =
            noClasses()
                    .that()
                    .resideOutsideOfPackage("..gateway.ops..")
                    .should()
                    .dependOnClassesThat()
                    .resideInAPackage("..gateway.ops..");

    @ArchTest
    static final ArchRule onlyWebForwardAndOpsKnowHttp =
            noClasses()
                    .that()
                    .resideOutsideOfPackages("..gateway.web..", "..forward..", "..gateway.ops..")
                    .and()
                    .doNotHaveSimpleName("GatewayConfiguration")
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
    static final ArchRule onlyTheWaitingRoomKnowsRedis =
            noClasses()
                    .that()
                    .resideOutsideOfPackages("..waitingroom..")
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

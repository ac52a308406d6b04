package dev.stagedoor.quickstart;

import static com.tngtech.archunit.core.domain.JavaCall.Predicates.target;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.nameMatching;
import static com.tngtech.archunit.core.domain.properties.HasOwner.Predicates.With.owner;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** Between the modules: only quickstart knows everybody, and nobody knows quickstart. */
@AnalyzeClasses(packages = "dev.stagedoor", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTests {

    private static final String COMMON = "dev.stagedoor.common..";
    private static final String DEV_SERVICES = "dev.stagedoor.devservices..";
    private static final String GATEWAY = "dev.stagedoor.gateway..";
    private static final String BOOKING = "dev.stagedoor.booking..";
    private static final String QUICKSTART = "dev.stagedoor.quickstart..";

    @ArchTest
    static final ArchRule commonKnowsNobody =
            knowsNone(COMMON, DEV_SERVICES, GATEWAY, BOOKING, QUICKSTART);

    @ArchTest
    static final ArchRule devServicesKnowNobody =
            knowsNone(DEV_SERVICES, COMMON, GATEWAY, BOOKING, QUICKSTART);

    @ArchTest
    static final ArchRule theGatewayIsDeployedAlone =
            knowsNone(GATEWAY, DEV_SERVICES, BOOKING, QUICKSTART);

    @ArchTest
    static final ArchRule theBookingServiceIsDeployedAlone =
            knowsNone(BOOKING, DEV_SERVICES, GATEWAY, QUICKSTART);

    @ArchTest
    static final ArchRule nobodyWaitsForAPublisher =
            noClasses()
                    .should()
                    .callMethodWhere(
                            target(nameMatching("block(First|Last|Optional)?"))
                                    .and(
                                            target(
                                                    owner(
                                                            resideInAPackage(
                                                                    "reactor.core.publisher..")))));

    private static ArchRule knowsNone(String module, String... others) {
        return noClasses()
                .that()
                .resideInAPackage(module)
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(others);
    }
}

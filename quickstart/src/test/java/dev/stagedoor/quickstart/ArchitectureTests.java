package dev.stagedoor.quickstart;

import static com.tngtech.archunit.core.domain.JavaCall.Predicates.target;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.nameMatching;
import static com.tngtech.archunit.core.domain.properties.HasOwner.Predicates.With.owner;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;

import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;

/** Between the modules: only quickstart knows everybody, and nobody knows quickstart. */
@TestInstance(Lifecycle.PER_CLASS)
@Order(Integer.MAX_VALUE)
class ArchitectureTests {

    private final JavaClasses classes =
            new ClassFileImporter()
                    .withImportOption(new ImportOption.DoNotIncludeTests())
                    .importPackages("dev.stagedoor");

    private static final String COMMON = "dev.stagedoor.common..";
    private static final String DEV_SERVICES = "dev.stagedoor.devservices..";
    private static final String GATEWAY = "dev.stagedoor.gateway..";
    private static final String BOOKING = "dev.stagedoor.booking..";
    private static final String QUICKSTART = "dev.stagedoor.quickstart..";

    @Test
    void commonKnowsNobody() {
        knowsNone(COMMON, DEV_SERVICES, GATEWAY, BOOKING, QUICKSTART);
    }

    @Test
    void devServicesKnowNobody() {
        knowsNone(DEV_SERVICES, COMMON, GATEWAY, BOOKING, QUICKSTART);
    }

    @Test
    void theGatewayIsDeployedAlone() {
        knowsNone(GATEWAY, DEV_SERVICES, BOOKING, QUICKSTART);
    }

    @Test
    void theBookingServiceIsDeployedAlone() {
        knowsNone(BOOKING, DEV_SERVICES, GATEWAY, QUICKSTART);
    }

    @Test
    void nobodyWaitsForAPublisher() {
        noClasses()
                .should()
                .callMethodWhere(
                        target(nameMatching("block(First|Last|Optional)?"))
                                .and(target(owner(resideInAPackage("reactor.core.publisher..")))))
                .check(classes);
    }

    private void knowsNone(String module, String... others) {
        noClasses()
                .that()
                .resideInAPackage(module)
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(others)
                .check(classes);
    }
}

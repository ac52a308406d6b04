package dev.stagedoor.booking;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;

import java.lang.reflect.Array;
import java.lang.reflect.Constructor;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/** The web, the way in, over the sale, over the seat and the catalogue, over the store. */
@TestInstance(Lifecycle.PER_CLASS)
class ArchitectureTests {

    private final JavaClasses classes =
            new ClassFileImporter()
                    .withImportOption(new DoNotIncludeTests())
                    .importPackages("dev.stagedoor");

    private static final String ROOT = "dev.stagedoor.booking.";

    @Test
    void arrowsPointOneWay() {
        layeredArchitecture()
                .consideringOnlyDependenciesInAnyPackage("dev.stagedoor.booking..")
                .layer("root")
                .definedBy("dev.stagedoor.booking")
                .layer("admin")
                .definedBy(ROOT + "admin..")
                .layer("rehearsal")
                .definedBy(ROOT + "rehearsal..")
                .layer("web")
                .definedBy(ROOT + "web..")
                .layer("audit")
                .definedBy(ROOT + "audit..")
                .layer("sale")
                .definedBy(ROOT + "sale..")
                .layer("idempotency")
                .definedBy(ROOT + "idempotency..")
                .layer("seat")
                .definedBy(ROOT + "seat..")
                .layer("catalogue")
                .definedBy(ROOT + "catalogue..")
                .layer("people")
                .definedBy(ROOT + "people..")
                .layer("store")
                .definedBy(ROOT + "store..")
                .whereLayer("root")
                .mayNotBeAccessedByAnyLayer()
                .whereLayer("admin")
                .mayNotBeAccessedByAnyLayer()
                .whereLayer("rehearsal")
                .mayNotBeAccessedByAnyLayer()
                .whereLayer("web")
                .mayOnlyBeAccessedByLayers("admin")
                .whereLayer("audit")
                .mayOnlyBeAccessedByLayers("admin")
                .whereLayer("sale")
                .mayOnlyBeAccessedByLayers("web", "admin")
                .whereLayer("idempotency")
                .mayOnlyBeAccessedByLayers("web", "admin", "sale")
                .whereLayer("seat")
                .mayOnlyBeAccessedByLayers("sale", "rehearsal")
                .whereLayer("catalogue")
                .mayOnlyBeAccessedByLayers("web", "admin", "sale", "seat", "rehearsal")
                .whereLayer("people")
                .mayOnlyBeAccessedByLayers("web", "admin")
                .whereLayer("store")
                .mayNotAccessAnyLayer()
                .check(classes);
    }

    @Test
    void noCycles() {
        slices().matching(ROOT + "(*)..").should().beFreeOfCycles().check(classes);
    }

    @Test
    void onlyTheSeatKnowsRedis() {
        noClasses()
                .that()
                .resideOutsideOfPackage(ROOT + "seat..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("org.redisson..")
                .check(classes);
    }

    @Test
    void onlyTheWebKnowsHttp() {
        noClasses()
                .that()
                .resideInAPackage("dev.stagedoor.booking..")
                .and()
                .resideOutsideOfPackages(ROOT + "web..", ROOT + "admin..", ROOT + "rehearsal..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("org.springframework.web..", "org.springframework.http..")
                .check(classes);
    }

    @Test
    void gatewayIsUnknownHere() {
        noClasses()
                .that()
                .resideInAPackage("dev.stagedoor.booking..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("dev.stagedoor.gateway..")
                .check(classes);
    }

    /** The framework tells of a body, if it is asked to, what that says of itself. */
    @Test
    void noRecordSaysTheSecretThatItHolds() {
        List<Class<?>> records =
                classes.stream()
                        .filter(it -> it.isRecord() && it.getName().startsWith(ROOT))
                        .<Class<?>>map(JavaClass::reflect)
                        .filter(it -> secrets(it).findAny().isPresent())
                        .toList();

        assertThat(records)
                .isNotEmpty()
                .allSatisfy(it -> assertThat(filled(it).toString()).doesNotContain("secret"));
    }

    private static Stream<RecordComponent> secrets(Class<?> type) {
        return Arrays.stream(type.getRecordComponents()).filter(ArchitectureTests::isSecret);
    }

    private static boolean isSecret(RecordComponent part) {
        return part.getType() == String.class
                && part.getName().matches("(?i).*(password|token|code)");
    }

    private static Object filled(Class<?> type) throws ReflectiveOperationException {
        RecordComponent[] parts = type.getRecordComponents();
        Constructor<?> canonical =
                type.getDeclaredConstructor(
                        Arrays.stream(parts).map(RecordComponent::getType).toArray(Class[]::new));
        canonical.setAccessible(true);
        return canonical.newInstance(
                Arrays.stream(parts)
                        .map(it -> isSecret(it) ? "secret" : nothing(it.getType()))
                        .toArray());
    }

    /** As a field has it before anything is set. */
    private static Object nothing(Class<?> type) {
        return Array.get(Array.newInstance(type, 1), 0);
    }

    @Test
    void nothingBlocks() {
        noClasses()
                .that()
                .resideInAPackage("dev.stagedoor.booking..")
                .should()
                .callMethod(reactor.core.publisher.Mono.class, "block")
                .orShould()
                .callMethod(reactor.core.publisher.Flux.class, "blockFirst")
                .orShould()
                .callMethod(reactor.core.publisher.Flux.class, "blockLast")
                .orShould()
                .callMethod(Thread.class, "sleep", long.class)
                .orShould()
                .accessField(System.class, "out")
                .check(classes);
    }
}

package dev.stagedoor.booking.catalogue.sample;

import dev.stagedoor.booking.catalogue.Plan;
import dev.stagedoor.booking.catalogue.Plan.Row;
import dev.stagedoor.booking.catalogue.Plan.Section;

import java.util.ArrayList;
import java.util.List;

/** 20,000 seats around a stage: a floor to stand on, and three tiers in the form of a horseshoe. */
final class SampleHouse {

    private static final int SEATS = 20_000;
    private static final double HORSESHOE = Math.toRadians(200);

    private SampleHouse() {}

    static Plan plan() {
        List<Section> sections = new ArrayList<>();
        sections.addAll(tier(100, "R", 7, 21, 22));
        sections.addAll(tier(200, "S", 13, 48, 24));
        sections.addAll(tier(300, "A", 17, 77, 40));
        int seated = new Plan("", sections).seatCount();
        sections.addFirst(new Section("Floor", "Standing", 0.0, 9.5, null, null, SEATS - seated));
        return new Plan("Dome", sections);
    }

    /** The row behind is longer by what its distance makes. */
    private static List<Section> tier(
            int name, String category, int sections, int distance, int rows) {
        double width = HORSESHOE / sections;
        List<Section> tier = new ArrayList<>();
        for (int i = 0; i < sections; i++) {
            double angle = width * (i + 0.5) - HORSESHOE / 2;
            List<Row> all = new ArrayList<>();
            for (int row = 0; row < rows; row++) {
                int seats = (int) (width * (distance + row)) - 1;
                List<String> ends = row == 0 ? List.of("1", Integer.toString(seats)) : null;
                all.add(new Row(Integer.toString(row + 1), seats, null, ends, null, null, null));
            }
            tier.add(
                    new Section(
                            Integer.toString(name + i + 1),
                            category,
                            distance * Math.sin(angle),
                            distance * Math.cos(angle),
                            Math.toDegrees(-angle),
                            all,
                            null));
        }
        return tier;
    }
}

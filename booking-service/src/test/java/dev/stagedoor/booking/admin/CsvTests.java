package dev.stagedoor.booking.admin;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Map;

class CsvTests {

    /** Elsewhere a semicolon or a tab separates cells, and quotes are part of what they say. */
    @Test
    void noCellIsAFormulaWhateverSeparatesCellsWhereTheListIsOpened() {
        Map<String, String> cells =
                Map.of(
                        "=1+1", "'=1+1",
                        "＝1+1", "'＝1+1",
                        "Kim;=1+1;", "Kim;'=1+1;",
                        ";=1+1", ";'=1+1",
                        "Kim\t@A1", "Kim\t'@A1",
                        "Kim\r-1", "Kim\r'-1",
                        "Kim\r\n＝1", "Kim\r\n'＝1",
                        "\tKim", "'\tKim",
                        "Kim; Lee", "Kim; Lee",
                        "Kim-Lee", "Kim-Lee");

        assertThat(cells)
                .allSatisfy(
                        (said, shown) ->
                                assertThat(Csv.line(List.of(said)))
                                        .isEqualTo("\"" + shown + "\"\r\n"));
    }
}

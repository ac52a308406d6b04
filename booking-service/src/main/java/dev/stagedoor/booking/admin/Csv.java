package dev.stagedoor.booking.admin;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Lines as spreadsheets read them (RFC 4180). */
final class Csv {

    /** Without it they take Korean for something else. */
    static final String BYTE_ORDER_MARK = "\uFEFF";

    /**
     * Where a formula would begin (CSV injection): a buyer chooses what a cell says. In East Asia
     * also as it is written in full width. Where semicolons or tabs separate cells, quotes do not
     * keep those of a cell together.
     */
    private static final Pattern FORMULA =
            Pattern.compile("^(?=[=+\\-@\t\r\n＝＋－＠])|(?<=[;\t\r\n])(?=[=+\\-@＝＋－＠])");

    private Csv() {}

    static String line(List<@Nullable String> cells) {
        return cells.stream().map(Csv::cell).collect(Collectors.joining(",", "", "\r\n"));
    }

    private static String cell(@Nullable String text) {
        if (text == null) {
            return "";
        }
        String harmless = FORMULA.matcher(text).replaceAll("'");
        return '"' + harmless.replace("\"", "\"\"") + '"';
    }
}

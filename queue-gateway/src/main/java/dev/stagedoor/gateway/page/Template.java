package dev.stagedoor.gateway.page;

import org.springframework.web.util.HtmlUtils;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A page with names in braces. What is the same for everybody is filled in once; a crowd's pages
 * then cost no more than putting pieces together. Whatever is filled in is text, never markup.
 */
final class Template {

    private static final Pattern NAME = Pattern.compile("\\{([a-zA-Z]+)}");

    private final List<Piece> pieces = new ArrayList<>();

    private record Piece(String before, String name) {}

    private Template(String text) {
        Matcher names = NAME.matcher(text);
        int from = 0;
        while (names.find()) {
            pieces.add(new Piece(text.substring(from, names.start()), names.group(1)));
            from = names.end();
        }
        pieces.add(new Piece(text.substring(from), ""));
    }

    /**
     * @param words may have names in braces themselves, to be filled in later
     */
    static Template of(String text, Map<String, String> words) {
        return new Template(
                NAME.matcher(text)
                        .replaceAll(
                                name ->
                                        Matcher.quoteReplacement(
                                                words.containsKey(name.group(1))
                                                        ? escaped(words.get(name.group(1)))
                                                        : name.group())));
    }

    String fill(Map<String, String> values) {
        StringBuilder page = new StringBuilder(8192);
        for (Piece piece : pieces) {
            page.append(piece.before()).append(escaped(values.getOrDefault(piece.name(), "")));
        }
        return page.toString();
    }

    private static String escaped(String text) {
        return HtmlUtils.htmlEscape(text, "UTF-8");
    }
}

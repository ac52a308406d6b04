package dev.stagedoor.quickstart.stage;

/** What a page says to those who have it read to them, besides what they ask for. */
public final class Listening {

    /** From now on it is kept. */
    public static final String BEGIN =
            """
            () => {
              window.heard = [];
              const isSaid = '[role=status], [role=alert], [aria-live]:not([aria-live=off])';
              new MutationObserver((changes) => changes.forEach(({ target }) => {
                const spoken = (target.closest ? target : target.parentElement)?.closest(isSaid);
                if (spoken) window.heard.push(spoken.textContent);
              })).observe(document.body, { childList: true, characterData: true, subtree: true });
            }
            """;

    public static final String HEARD = "() => window.heard";

    private Listening() {}
}

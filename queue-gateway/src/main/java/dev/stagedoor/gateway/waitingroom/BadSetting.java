package dev.stagedoor.gateway.waitingroom;

/** A setting that cannot be. */
public final class BadSetting extends IllegalArgumentException {

    private static final long serialVersionUID = 1L;

    private final String setting;
    private final String rule;

    /**
     * @param rule what it must …, such as "be 1 to 1,000"
     */
    public BadSetting(String setting, String rule) {
        super(setting + " must " + rule);
        this.setting = setting;
        this.rule = rule;
    }

    public String setting() {
        return setting;
    }

    public String rule() {
        return rule;
    }
}

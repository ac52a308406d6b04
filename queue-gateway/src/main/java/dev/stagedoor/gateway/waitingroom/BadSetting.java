package dev.stagedoor.gateway.waitingroom;

/** A setting that cannot be, and what it must be instead. */
public final class BadSetting extends IllegalArgumentException {

    private static final long serialVersionUID = 1L;

    private final String setting;
    private final String rule;

    public BadSetting(String setting, String rule) {
        super(setting + " " + rule);
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

package dev.stagedoor.booking.web;

import dev.stagedoor.booking.sale.Accounts;
import dev.stagedoor.booking.sale.Entry;
import dev.stagedoor.booking.store.Refusal;
import dev.stagedoor.common.Problem;
import dev.stagedoor.common.ProblemCode;
import dev.stagedoor.common.UserId;

import org.jspecify.annotations.Nullable;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestAttribute;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.ServerWebExchange;

import reactor.core.publisher.Mono;

import java.util.List;

@RestController
@RequestMapping("/api/v1/balance")
final class BalanceController {

    private final Accounts accounts;
    private final ChargeSettings settings;
    private final Writing writing;

    BalanceController(Accounts accounts, ChargeSettings settings, Writing writing) {
        this.accounts = accounts;
        this.settings = settings;
        this.writing = writing;
    }

    @GetMapping
    Mono<ResponseEntity<Balance>> balance(@RequestAttribute(PassFilter.USER) UserId user) {
        return accounts.balance(user).map(Balance::new).map(ReservationController::personal);
    }

    @PostMapping("/charges")
    Mono<ResponseEntity<byte[]>> charge(
            @RequestAttribute(PassFilter.USER) UserId user,
            @RequestBody Charge charge,
            ServerWebExchange exchange) {
        long amount = charge.checkedAmount(settings.most());
        return writing.write(
                Act.CHARGE,
                exchange,
                charge,
                accounts.charge(user, amount)
                        .map(Charged::of)
                        .map(charged -> writing.answer(201, charged)));
    }

    /** Newest first; {@code before} is the entry that the last page ended with. */
    @GetMapping("/history")
    Mono<ResponseEntity<History>> history(
            @RequestAttribute(PassFilter.USER) UserId user,
            @RequestParam(defaultValue = "" + Long.MAX_VALUE) long before,
            @RequestParam(defaultValue = "50") int limit) {
        Fields.checkLimit(limit);
        new Fields().must(before >= 1, "before", "be positive").orRefuse();
        return accounts.balance(user)
                .then(Mono.defer(() -> accounts.history(user, before, limit)))
                .map(History::new)
                .map(ReservationController::personal);
    }

    record Balance(long balance) {}

    record History(List<Entry> entries) {}

    record Charge(@Nullable Long amount) {

        long checkedAmount(long most) {
            new Fields().must(amount != null, "amount", "be a whole number").orRefuse();
            if (amount < 1 || amount > most) {
                var wrong = new Fields.Wrong("amount", "be 1 to " + most);
                throw new Refusal(
                        Problem.of(ProblemCode.INVALID_AMOUNT).with("fields", List.of(wrong)));
            }
            return amount;
        }
    }

    record Charged(long entry, long amount, long balance) {
        static Charged of(Entry entry) {
            return new Charged(entry.entry(), entry.amount(), entry.balanceAfter());
        }
    }
}

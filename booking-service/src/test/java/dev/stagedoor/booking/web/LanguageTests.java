package dev.stagedoor.booking.web;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stagedoor.booking.catalogue.ScheduleId;
import dev.stagedoor.booking.stage.Answered;
import dev.stagedoor.booking.stage.Booking;
import dev.stagedoor.booking.stage.Visitor;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** In which words people are refused. */
@Timeout(60)
class LanguageTests {

    private final Booking booking = Booking.shared();
    private final Visitor visitor = booking.visitor();

    @Test
    void problemsSpeakTheCallersLanguage() {
        Answered english = visitor.get("/api/v1/concerts/999999999");
        Answered korean =
                visitor.get("/api/v1/concerts/999999999", "Accept-Language", "ko-KR,ko;q=0.9");

        assertThat(english.text("title")).isEqualTo("There is no such concert");
        assertThat(korean.text("title")).isEqualTo("존재하지 않는 콘서트입니다");
        assertThat(korean.text("instance")).isEqualTo("/api/v1/concerts/999999999");
        assertThat(korean.text("traceId")).hasSize(32);
    }

    @Test
    void refusalsThatPeopleSeeUseTheWordsTheyKnow() {
        ScheduleId small = booking.schedule(2, 2);
        String concert = "/api/v1/concerts/" + concertOf(small) + "/schedules";
        Visitor first = booking.visitor();
        String held = first.reserve(small, 1, 2).text("reservationId");

        assertThat(inKorean("POST", "/api/v1/reservations", wish(small)).text("title"))
                .isEqualTo("이미 선택된 좌석입니다");
        assertThat(inKorean("GET", concert, "").text("title")).isEqualTo("예약 가능 날짜가 없습니다");
        booking.letHoldsRunOut(small);
        Answered late =
                first.send(
                                "POST",
                                "/api/v1/reservations/" + held + "/payment",
                                "",
                                "Accept-Language",
                                "ko")
                        .block();
        assertThat(late.text("title")).isEqualTo("결제 시간을 초과했습니다");
    }

    private Answered inKorean(String method, String path, String body) {
        return visitor.send(method, path, body, "Accept-Language", "ko-KR").block();
    }

    private static String wish(ScheduleId schedule) {
        return "{\"scheduleId\":%s,\"seatNumbers\":[1]}".formatted(schedule);
    }

    private long concertOf(ScheduleId schedule) {
        return booking.number("SELECT concert_id FROM schedule WHERE id = ?", schedule.value());
    }
}

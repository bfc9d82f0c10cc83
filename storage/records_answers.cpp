// The answers a client got in one turn, as a row and back.
#include "records_values.h"

namespace swarmq::storage {
namespace {

// True for what Code can be.
bool is_code(std::uint32_t number) {
    return number <= static_cast<std::uint32_t>(Code::Unavailable);
}

void fill_answer(const NumberedAnswer& numbered, stored::StoredAnswer& row) {
    row.set_number(numbered.number);
    row.set_first_seq(raw(numbered.answer.first_seq));
    row.set_seq_count(numbered.answer.seq_count);
    row.set_changed(numbered.answer.changed);
    row.set_more(numbered.answer.more);
    for (const ItemAnswer& item : numbered.answer.items) {
        auto& item_row = *row.add_items();
        item_row.set_code(static_cast<std::uint32_t>(item.code));
        item_row.set_outcome(item.outcome);
        item_row.set_seq(raw(item.seq));
        item_row.set_id(item.id);
        item_row.set_detail(item.detail);
        item_row.set_retry_after_ms(static_cast<std::uint64_t>(item.retry_after_ms));
    }
}

bool read_answer(const stored::StoredAnswer& row, NumberedAnswer& numbered) {
    numbered.number = row.number();
    numbered.answer.first_seq = JobSeq{row.first_seq()};
    numbered.answer.seq_count = row.seq_count();
    numbered.answer.changed = row.changed();
    numbered.answer.more = row.more();
    numbered.answer.items.reserve(static_cast<std::size_t>(row.items_size()));
    for (const auto& item_row : row.items()) {
        if (!is_code(item_row.code()) || item_row.outcome() > 0xff) return false;
        numbered.answer.items.push_back({static_cast<Code>(item_row.code()),
                                         static_cast<std::uint8_t>(item_row.outcome()),
                                         JobSeq{item_row.seq()}, item_row.id(), item_row.detail(),
                                         static_cast<DurationMs>(item_row.retry_after_ms())});
    }
    return true;
}

}  // namespace

void fill_answers(const AnswersRecord& answers, stored::StoredAnswers& row) {
    row.Clear();
    row.set_used_ms(answers.used_ms);
    for (const NumberedAnswer& answer : answers.answers) fill_answer(answer, *row.add_answers());
}

std::optional<AnswersRecord> answers_from(std::string_view client_id,
                                          const stored::StoredAnswers& row) {
    std::optional<AnswersRecord> answers{std::in_place};
    answers->client_id = client_id;
    answers->used_ms = row.used_ms();
    answers->answers.resize(static_cast<std::size_t>(row.answers_size()));
    for (int i = 0; i < row.answers_size(); ++i)
        if (!read_answer(row.answers(i), answers->answers[static_cast<std::size_t>(i)]))
            return std::nullopt;
    return answers;
}

}  // namespace swarmq::storage

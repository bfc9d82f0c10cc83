// Reads rows of one job for an answer: looks at the job first, then reads when the client has room
// for them.
#pragma once

#include "api/connection.h"

#include <memory>
#include <utility>

namespace swarmq::api {

// Finds the job, calls `work(store, view)` for its rows on the reader's thread, and on the loop
// `answer(connection, view, rows)`. NOT_FOUND when no such job is stored.
template <class Rows, class Work, class Answer>
void read_rows(Connection& connection, std::uint64_t request, engine::JobName name, Work work,
               Answer answer) {
    struct Read {
        engine::JobView view;
        Result<Rows> rows = Error{};
    };
    auto self = connection.shared_from_this();
    connection.begin_read([self, request, name = std::move(name), work, answer] {
        auto view = self->broker().engine().find_job(name);
        if (!view) {
            self->hold_refusal(request, view.error());
            return self->end_read();
        }
        auto read = std::make_shared<Read>();
        read->view = std::move(*view);
        const auto on_reader = [read, work](const storage::Store& store) {
            read->rows = work(store, read->view);
        };
        const auto done = [self, request, read, answer] {
            if (read->rows)
                answer(*self, read->view, *read->rows);
            else
                self->refuse(request, read->rows.error());
            self->end_read();
        };
        const auto refused = [self, request] {
            self->refuse(request, {Code::TooManyInflight, "too many reads wait; ask again", 100});
            self->end_read();
        };
        self->broker().read(on_reader, done, refused);
    });
}

}  // namespace swarmq::api

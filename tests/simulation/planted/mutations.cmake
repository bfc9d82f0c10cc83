# The planted bugs: a name, the file, what is wrong then, the text as it is and as it becomes.
planted(skipped_sync tests/simulation/world_store.cpp "an output leaves before its turn is durable"
    [[const bool waits = options_.mistake != Mistake::OutputBeforeDurable;]] [[const bool waits = false;]])
planted(wrong_token server/engine/attempts.cpp "a wrong token is accepted"
    [[detail && detail->token == token && token != LeaseToken{};]] [[detail && token != LeaseToken{};]])
planted(late_answer server/engine/attempts.cpp "a worker that was timed out may still answer"
    [[failure.kind == FailureKind::Error ? AnswerKind::Fail : AnswerKind::None]] [[AnswerKind::Fail]])
planted(counter_off server/engine/transitions.cpp "a counter is not taken back"
    [[    --count;]] [[    if (job.state() != JobState::Delayed) --count;]])
planted(total_off server/engine/producers.cpp "adds of urgent jobs are not counted"
    [[++queue.record.added_total;]] [[if (record.priority > 0) ++queue.record.added_total;]])
planted(fifo_swapped server/engine/ready_queue.cpp "the last job of a priority is given out first"
    [[if (!strays_) return head_;]] [[if (!strays_) return tail_;]])
planted(strays_first server/engine/ready_queue.cpp "a job that came back overtakes those before it"
    [[return head_ != kNone && jobs.rank(head_) < rank ? head_ : slot;]] [[return slot;]])
planted(lifo_ignored server/engine/producers.cpp "lifo is ignored"
    [[spec.lifo ? kLifoWhenMs - memory.tail_ms() : memory.tail_ms();]] [[memory.tail_ms();]])
planted(delay_early server/engine/engine.cpp "a delay is over early"
    [[queue.delayed.front().due.when_ms <= memory.now_ms &&]]
    [[queue.delayed.front().due.when_ms <= memory.now_ms + 5 &&]])
planted(backoff_doubled server/engine/attempts.cpp "an exponential backoff begins with twice its delay"
    [[std::exp2(failures - 1.0)]] [[std::exp2(failures + 0.0)]])
planted(attempt_lost server/engine/attempts.cpp "a failed attempt is not counted"
    "    ++detail.attempts_made;\n    // A worker" "    // A worker")
planted(cancel_uncounted server/engine/attempts.cpp "a cancelled attempt is not counted"
    "        ++detail.attempts_made;\n        detail.last_answer" "        detail.last_answer")
planted(priority_ttl server/engine/transitions.cpp "another priority makes a ttl begin anew"
    [[    enter_waiting(memory, slot, since_ms);]] [[    enter_waiting(memory, slot, memory.now_ms);]])
planted(dead_letter_lost server/engine/attempts.cpp "no dead letter is added"
    [[if (!job_class->on_failure_queue.empty()) add_dead_letter(memory, slot, *job_class);]] "")
planted(ttl_ignored server/engine/transitions.cpp "a ttl is ignored"
    [[if (ttl_ms == 0) return;]] [[if (ttl_ms >= 0) return;]])
planted(lease_kept server/engine/leases.cpp "a dead worker keeps its leases"
    "    session->grace_timer = kNone;\n" "    session->grace_timer = kNone;\n    return;\n")
planted(beat_ignored server/engine/attempts.cpp "a heartbeat does not renew its lease"
    [[    renew_lease(memory, held.slot);]] "")
planted(stall_uncounted server/engine/leases.cpp "a stall is not counted"
    [[    ++detail.stalls;]] "")
planted(stall_limit server/engine/leases.cpp "a job fails one stall too early"
    [[if (detail.stalls <= allowed) {]] [[if (detail.stalls < allowed) {]])
planted(stall_to_tail server/engine/leases.cpp "a stalled job goes to the tail"
    "if (detail.stalls <= allowed) {\n        to_waiting(memory, slot, Place::FormerRank);"
    "if (detail.stalls <= allowed) {\n        to_waiting(memory, slot, Place::Tail);")
planted(retention_off server/engine/retention.cpp "one ended job too many is kept"
    [[ended_ordinal + *group.keep.count <= total;]] [[ended_ordinal + *group.keep.count < total;]])
planted(pause_ignored server/engine/rate_limit.cpp "a paused queue gives jobs out"
    [[    if (hold && hold->is_paused) return kUntilTold;]] "")
planted(credit_ignored server/engine/dispatch.cpp "a worker gets one job more than it asked for"
    [[subscription.granted_total < subscription.credit_total]]
    [[subscription.granted_total <= subscription.credit_total]])
planted(chosen_twice server/engine/producers.cpp "a chosen id that is stored is added again"
    [[existing != kNone)]] [[existing == ~kNone)]])
planted(resend_twice server/engine/ledger.cpp "a resend after a restart is applied again"
    [[for (auto& answer : record.answers) insert(who, std::move(answer));]] "")
planted(end_unwritten server/engine/transitions.cpp "the end of a job is not written"
    "        enter_ended(memory, slot);\n        memory.note_status(slot);"
    "        enter_ended(memory, slot);")
planted(row_dropped server/engine/turn_rows.cpp "a turn's row is dropped that still counts"
    [[if (row->live > 0 || turn == current_) return;]] [[if (row->live > 1 || turn == current_) return;]])
planted(token_reused server/engine/transitions.cpp "a token is used again after a restart"
    [[LeaseToken{with_epoch(memory.epoch, memory.next_token++)};]] [[LeaseToken{memory.next_token++};]])
planted(attempts_forgotten server/engine/recovery.cpp "recovery forgets attempts"
    [[    detail.attempts_made = status.attempts_made;]] "")
planted(order_forgotten server/engine/recovery.cpp "recovery loses the order of returned jobs"
    [[status.rank.number == raw(status.seq) ? 0 : status.rank.number;]] [[0;]])
planted(delay_forgotten server/engine/recovery.cpp "recovery loses when a retry is due"
    [[        start.due_ms = status.due_ms;]] "")
planted(concurrency_off server/engine/rate_limit.cpp "one lease too many is given"
    [[limits.concurrency > 0 && active >= limits.concurrency]] [[limits.concurrency > 0 && active > limits.concurrency]])
planted(slot_leaks server/engine/rate_limit.cpp "a key's slot is not given back"
    [[    --memory.classes.keys()[key].gate.active;]] "")
planted(window_stands server/engine/rate_window.cpp "a rate window does not slide"
    [[now_ms - now_ms % step_ms_ + step_ms_ - 1;]] [[now_ms - now_ms % rate_.per_ms;]])
planted(starts_forgotten server/engine/rate_limit.cpp "a restart empties the rate windows of queues"
    [[        for (RateWindow& window : memory.queue(queue).gate.windows) window.note(when_ms);]] "")
planted(windows_anew server/engine/rate_limit.cpp "a window of another length begins empty"
    [[if (known == gate.windows.end() && longest != gate.windows.end())]] [[if (false)]])
planted(turns_off server/engine/ready_queue.cpp "the first key is served until it has no jobs"
    [[    turn_ = turn_->next;]] "")
planted(weight_ignored server/engine/ready_queue.cpp "a key's weight counts only in its first turn"
    [[    turn_->turns_left = turn_->weight;]] [[    turn_->turns_left = 1;]])
planted(key_outranks server/engine/ready_queue.cpp "a closed key's urgent jobs hold up those of others"
    [[    if (is_closed && has_turns) leave_turns(*lane);]] "")
planted(hold_shortened server/engine/rate_limit.cpp "a shorter hold takes the place of a longer one"
    [[    if (hold.until_ms >= memory.now_ms + length_ms) return Answer{};]] "")
planted(handler_hold server/engine/rate_limit.cpp "a handler's hold of its queue is ignored"
    [[    lengthen("", queue_ms);]] "")
planted(hold_forgotten server/engine/rate_limit.cpp "holds and pauses of keys are not written"
    "    memory.note_controls(queue);\n    if (key.empty()) {" "    if (key.empty()) {")
planted(defaults_win server/engine/settings.cpp "a queue's defaults win over what a producer chose"
    [[if (!value || (spec.chosen & field) != 0) return;]] [[if (!value) return;]])
planted(bound_off server/engine/settings.cpp "delayed jobs do not count for the bound of a queue"
    [[queue.by_state[static_cast<std::size_t>(JobState::Delayed)];]] [[0;]])
planted(age_ignored server/engine/retention.cpp "retention by age is off on an idle queue"
    [[    if (!group.keep.age_ms || group.timer != kNone) return;]] [[    if (group.keep.age_ms || group.timer != kNone) return;]])
planted(tick_twice server/engine/schedules.cpp "a tick is made again after a crash"
    [[    memory.note_changed(scheduler);]] "")
planted(overlap_ignored server/engine/schedules.cpp "a tick overlaps the job of the last one"
    [[record.repeat->overlap == OverlapRule::Skip && has_unended_job(memory, record);]] [[false;]])
planted(missed_again server/engine/schedules.cpp "missed ticks are made one by one instead of once"
    [[is_missed ? wall_now(memory) : tick_ms);]] [[tick_ms);]])
planted(limit_passed server/engine/schedules.cpp "a scheduler adds one job more than its limit"
    [[added >= repeat.limit)]] [[added > repeat.limit)]])
planted(full_ticks server/engine/schedules.cpp "a tick adds to a queue that is full"
    [[if (overlaps || !check_room(queue, 1)) {]] [[if (overlaps) {]])
planted(upsert_anew server/engine/scheduler_verbs.cpp "an upsert with the same times begins anew"
    [[    const bool goes_on = !is_new &&]] [[    const bool goes_on = false && !is_new &&]])
planted(event_lost server/engine/leases.cpp "nobody is told of a stall"
    [[        note_event(memory, slot, {EventKind::Stalled});]] "")
planted(drained_early server/engine/events.cpp "a queue is called drained while jobs are delayed"
    [[           queue.by_state[static_cast<std::size_t>(JobState::Delayed)];]] [[           0;]])
planted(held_session server/engine/dispatch.cpp "a session that is held gets jobs"
    [[if (!session.is_held && has_room) {]] [[if (has_room) {]])
planted(checkpoint_kept server/engine/transitions.cpp "a completed job keeps its checkpoint"
    [[    if (is_completed) drop_checkpoint(memory, slot);]] "")
planted(log_forgotten server/engine/recovery.cpp "recovery forgets how many lines a log has"
    [[    detail.log_lines = status.log_lines;]] [[    detail.log_lines = status.log_lines > 0;]])
planted(take_stays server/engine/dispatch.cpp "a take is answered again after its answer"
    [[if (memory.subscriptions[index].take_request != 0) close_subscription(memory, index);]] "")
planted(old_delivery server/engine/leases.cpp "a connection gets what was for the one before it"
    [[return delivery.session == session.key;]] [[return delivery.session == SessionKey{};]])
planted(child_twice server/engine/children.cpp "a child's end is counted twice"
    [[    ++count_of(family.counts, kind);]] [[    count_of(family.counts, kind) += 2;]])
planted(policy_ignored server/engine/children.cpp "every failed child fails its parent"
    [[if (kind == ChildKind::Failed && node.on_failure == OnChildFailure::FailParent) {]] [[if (kind == ChildKind::Failed) {]])
planted(continue_ignored server/engine/children.cpp "a parent does not continue at once when a child fails"
    [[        family.counts.continues = true;]] "")
planted(children_left server/engine/children.cpp "the children of a removed parent run on"
    [[        if (!has_ended && own.pending > 0) {]] [[        if (has_ended && own.pending > 0) {]])
planted(follow_up_lost server/engine/attempts.cpp "follow-ups of an end are lost"
    [[        add_follow_ups(memory, std::move(item.follow_ups));]] "")
planted(settled_late server/engine/children.cpp "a parent is not looked at when it begins to wait"
    [[    settle_if_due(memory, node->own);]] "")
planted(parent_early server/engine/children.cpp "a parent runs before its last child has ended"
    [[return family.pending == 0 || family.counts.blocking > 0]] [[return family.pending <= 1 || family.counts.blocking > 0]])
planted(policy_swapped server/engine/children.cpp "a failed child that is to be ignored counts as removed, and one to be removed as failed"
    [[on_failure != OnChildFailure::RemoveDependency;]] [[on_failure != OnChildFailure::Ignore;]])
planted(outcomes_forgotten server/engine/recovery.cpp "a restart forgets how children ended"
    [[    if (status.family) own_family(memory_, slot).counts = *status.family;]] "")
planted(outcome_unwritten server/engine/children.cpp "how a child ended is not stored"
    [[    memory.effects.changes.children.push_back(std::move(record));]] "")
planted(removed_child server/engine/children.cpp "a parent waits for a child that was removed"
    [[        if (!has_ended) note_child_end(memory, slot, {});]] "")
planted(parents_swapped server/engine/children.cpp "of two parents the one whose wait was over later runs first"
    [[memory.families.to_settle.push_back(family.parent_seq);]] [[memory.families.to_settle.push_front(family.parent_seq);]])
planted(key_kept server/engine/dedup.cpp "a deduplication key stands on when its job has ended"
    [[        if (is_ended(state)) end_key(memory, index);]] "")
planted(throttle_early server/engine/dedup.cpp "the window of a throttle is over early"
    [[return key.until_ms <= memory.now_ms;]] [[return key.until_ms <= memory.now_ms + 5;]])
planted(debounce_stands server/engine/dedup.cpp "a debounced add does not begin the delay anew"
    [[    to_delayed(memory, slot, key.window_ms);]] "")
planted(successor_sleeps server/engine/dedup.cpp "a successor never starts"
    "    note_key(memory, index);\n    start(memory, successor);" "    note_key(memory, index);")
planted(successor_forgotten server/engine/dedup.cpp "a restart forgets whose successor a job is"
    [[    if (key.successor != kNone) record.successor = memory.jobs[key.successor].seq;]] "")
planted(attempts_kept server/engine/rewrite.cpp "a replaced job keeps the attempts of the old one"
    [[    detail.attempts_made = 0;]] "")
planted(priority_kept server/engine/update.cpp "a waiting job's new priority is ignored"
    [[if (priority != before) to_priority(memory, slot, priority);]] "")

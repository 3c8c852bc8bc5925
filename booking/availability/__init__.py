"""Opening hours, rules, and the slot calculator.

The pure engine, by module (nothing here does I/O; instants are UTC epoch seconds):

    hours       WorkingHours(zone, weekly, overrides, out_of_office, travel)
                Override, OutOfOffice(first, last), Travel(first, last, zone), OFFICE_WEEK
                parse_weekly(json) -> Week; parse_overrides(json) -> tuple[Override, ...]
    rules       SlotRules(duration_minutes, ...), BookingWindow, Limits, PeriodLimits
    fields      parse_rules({name: value for name in RULE_FIELDS}) -> SlotRules
                parse_window(json), parse_limits(json)
    facts       Situation(rules, host, restriction, event_type_id)
                HostFacts(hours, busy, floor_minutes, coverage, tallies)
                Busy(calendar: sorted CalendarBlock rows, own: OwnBlock bookings and holds)
                Coverage(calendar_id, start, end, synced_at, max_age), Tally(limits, counted)
                Ask(now, start, end, guest_zone, duration_minutes, own_hold, moving)
                Answer(slots, freshness, good_until), Slot(start, end, seats_left, on_request)
    calculator  needed(situation, ask) -> Needed: the instants to gather busy rows for
                find_slots(situation, ask) -> Answer
                check_slot(situation, ask, start) -> Verdict(slot, reasons, is_ok)
                explain(situation, ask) -> tuple[ExplainedDay, ...]
                grouped(slots, zone) -> ((date, slots), ...) by the guest's date
    hosts_facts TeamSituation(rules, scheduling, hosts, resources, restriction, event_type_id,
                clocks, tallies), TeamHost(host_id, facts, is_fixed, group), Resource
                TeamAnswer(slots, freshness, good_until), TeamSlot(a Slot's fields, free)
    hosts       team_needed, find_team_slots, check_team_slot, explain_team: as the calculator
    hosts_choice choose_hosts(situation, free, ledger, now, start, seed, same) -> Assignment
                Ledger(shares, given), Share(weight, priority, since, absences), Given
    series      series_starts(first, frequency, interval, count, zone) -> starts
                check_series, check_team_series -> verdicts, conflicts; series_ask
    reasons     Reason(code, start, end, calendar_id, ref, booking_id, hold_id, rule)

`needed` looks at rules, hours, the floor and the tallies' limits: call it with an empty `Busy` and
empty `counted`, gather, then `dataclasses.replace`. Below the calculator stand `opening` (hours to
instants), `grid`, `blocks`, `limits`, `window`, `freshness`, `causes`, and below `hosts` its own
`hosts_opening`, `hosts_grid`, `hosts_seats`, `hosts_walk`, `hosts_causes`; the tables and the
service of schedules stand beside it.
"""

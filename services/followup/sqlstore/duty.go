package sqlstore

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/redress-dev/redress/services/followup"
	"github.com/redress-dev/redress/services/internal/sqldb"
)

const dutyColumns = `d.complaint_id, d.duty_id, d.kind, d.cycle, d.state, d.verdict, d.open_time, d.due_time, d.warn_times, d.warned_times,
	d.fact_time, d.evidence, d.corrected, d.settle_time, d.release_reason, d.measure, d.calendar, d.wished_from, d.notice_time,
	d.moves, d.pauses, d.extensions`

// askDuties asks for the duties that the rest of the statement selects, and adds
// them to duties.
func askDuties(ctx context.Context, tx *sqldb.Tx, duties *[]*followup.Duty, rest string, args ...any) error {
	return tx.Ask(ctx, func(scan func(dest ...any) error) error {
		d, err := scanDuty(scan)
		*duties = append(*duties, d)
		return err
	}, `SELECT `+dutyColumns+` FROM duties d `+rest, args...)
}

// scanDuty reads dutyColumns, behind other columns that are read into before.
func scanDuty(scan func(dest ...any) error, before ...any) (*followup.Duty, error) {
	var d followup.Duty
	var open, due, fact, settle, wished, noticed int64
	var warn, warned, pauses, extensions string
	if err := scan(append(before, &d.Complaint, &d.ID, &d.Kind, &d.Cycle, &d.State, &d.Verdict, &open, &due, &warn, &warned,
		&fact, &d.Evidence, &d.Corrected, &settle, &d.ReleaseReason, &d.Measure, &d.Calendar, &wished, &noticed,
		&d.Moves, &pauses, &extensions)...); err != nil {
		return nil, fmt.Errorf("read duties: %w", err)
	}
	d.OpenTime, d.DueTime = sqldb.Time(open), sqldb.Time(due)
	d.FactTime, d.SettleTime = sqldb.Time(fact), sqldb.Time(settle)
	d.WishedFrom, d.NoticeTime = sqldb.Time(wished), sqldb.Time(noticed)
	if err := readMoves(&d, pauses, extensions); err != nil {
		return nil, err
	}
	var err error
	if d.WarnTimes, err = splitTimes(warn); err != nil {
		return nil, err
	}
	d.WarnedTimes, err = splitTimes(warned)
	return &d, err
}

// insertDuties writes new duties.
func insertDuties(ctx context.Context, tx *sqldb.Tx, duties []*followup.Duty) error {
	const row = `(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`
	for some := range atOnce(tx, duties) {
		args := make([]any, 0, len(some)*strings.Count(row, "?"))
		for _, d := range some {
			args = append(args, d.Complaint, d.ID, int32(d.Kind), d.Cycle, int32(d.State), int32(d.Verdict),
				sqldb.Micros(d.OpenTime), sqldb.Micros(d.DueTime), joinTimes(d.WarnTimes), joinTimes(d.WarnedTimes),
				sqldb.Micros(d.FactTime), d.Evidence, d.Corrected, sqldb.Micros(d.SettleTime), d.ReleaseReason,
				int32(d.Measure), d.Calendar)
		}
		query := insertDuty + row + strings.Repeat(", "+row, len(some)-1)
		if err := tx.Queue(ctx, nil, query, args...); err != nil {
			return fmt.Errorf("write duties: %w", err)
		}
	}
	return nil
}

// updateDuties writes what may change of duties of one complaint, which were read under its lock: never a due time, which few
// changes move and several indexes have.
func updateDuties(ctx context.Context, tx *sqldb.Tx, duties []*followup.Duty) error {
	for some := range atOnce(tx, duties) {
		var args []any
		for _, d := range some {
			args = append(args, int32(d.State), int32(d.Verdict), joinTimes(d.WarnedTimes), sqldb.Micros(d.FactTime), d.Evidence,
				d.Corrected, sqldb.Micros(d.SettleTime), d.ReleaseReason, d.ID)
		}
		query := updateDuty
		if len(some) > 1 {
			query = updateSeveral + strings.Repeat(`, (?, ?, ?, ?, ?, ?, ?, ?, ?)`, len(some)-1) + whereSeveral
		}
		args = append(args, some[0].Complaint)
		if err := tx.Queue(ctx, nil, query, args...); err != nil {
			return fmt.Errorf("write duties: %w", err)
		}
	}
	return nil
}

// atOnce divides duties into those that one statement writes: all on PostgreSQL, and one on SQLite, which keeps a journal of a
// statement that writes several (ADR 0009).
func atOnce(tx *sqldb.Tx, duties []*followup.Duty) iter.Seq[[]*followup.Duty] {
	if tx.Dialect() == sqldb.Postgres {
		return slices.Chunk(duties, max(1, len(duties)))
	}
	return slices.Chunk(duties, 1)
}

// rescheduleDuties writes due times, warn times and clocks, a due time only when it is an earlier one (CLK-4).
func rescheduleDuties(ctx context.Context, tx *sqldb.Tx, duties []*followup.Duty) error {
	for _, d := range duties {
		due := sqldb.Micros(d.DueTime)
		err := tx.Queue(ctx, nil, `UPDATE duties SET due_time = CASE WHEN due_time < ? THEN due_time ELSE ? END, warn_times = ?,
			measure = ?, calendar = ? WHERE duty_id = ? AND complaint_id = ?`,
			due, due, joinTimes(d.WarnTimes), int32(d.Measure), d.Calendar, d.ID, d.Complaint)
		if err != nil {
			return fmt.Errorf("reschedule duties: %w", err)
		}
	}
	return nil
}

const (
	insertDuty = `INSERT INTO duties (complaint_id, duty_id, kind, cycle, state, verdict, open_time, due_time, warn_times, warned_times,
		fact_time, evidence, corrected, settle_time, release_reason, measure, calendar) VALUES `
	updateDuty = `UPDATE duties SET state = ?, verdict = ?, warned_times = ?, fact_time = ?, evidence = ?,
		corrected = ?, settle_time = ?, release_reason = ? WHERE duty_id = ? AND complaint_id = ?`

	// The types of the first row are those of the others.
	updateSeveral = `UPDATE duties SET state = v.state, verdict = v.verdict, warned_times = v.warned_times, fact_time = v.fact_time,
		evidence = v.evidence, corrected = v.corrected, settle_time = v.settle_time, release_reason = v.release_reason FROM (VALUES
		(CAST(? AS BIGINT), CAST(? AS BIGINT), CAST(? AS TEXT), CAST(? AS BIGINT), CAST(? AS TEXT), CAST(? AS BOOLEAN),
		CAST(? AS BIGINT), CAST(? AS TEXT), CAST(? AS TEXT))`
	whereSeveral = `) AS v (state, verdict, warned_times, fact_time, evidence, corrected, settle_time, release_reason, duty_id)
		WHERE duties.duty_id = v.duty_id AND duties.complaint_id = ?`
)

// joinTimes writes times as microseconds, separated by spaces.
func joinTimes(times []time.Time) string {
	words := make([]string, len(times))
	for i, t := range times {
		words[i] = strconv.FormatInt(sqldb.Micros(t), 10)
	}
	return strings.Join(words, " ")
}

// splitTimes is the inverse of joinTimes.
func splitTimes(text string) ([]time.Time, error) {
	var times []time.Time
	for _, word := range strings.Fields(text) {
		micros, err := strconv.ParseInt(word, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("read duties: times: %w", err)
		}
		times = append(times, sqldb.Time(micros))
	}
	return times, nil
}

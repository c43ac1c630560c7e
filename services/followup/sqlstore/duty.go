package sqlstore

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/redress-dev/redress/services/followup"
	"github.com/redress-dev/redress/services/internal/sqldb"
)

const dutyColumns = `complaint_id, duty_id, kind, cycle, state, verdict, open_time, due_time, warn_times, warned_times,
	fact_time, evidence, corrected, settle_time, release_reason`

// askDuties asks for the duties that the rest of the statement selects, and adds
// them to duties.
func askDuties(ctx context.Context, tx *sqldb.Tx, duties *[]*followup.Duty, rest string, args ...any) error {
	return tx.Ask(ctx, func(scan func(dest ...any) error) error {
		d, err := scanDuty(scan)
		*duties = append(*duties, d)
		return err
	}, `SELECT `+dutyColumns+` FROM duties `+rest, args...)
}

// scanDuty reads dutyColumns.
func scanDuty(scan func(dest ...any) error) (*followup.Duty, error) {
	var d followup.Duty
	var open, due, fact, settle int64
	var warn, warned string
	if err := scan(&d.Complaint, &d.ID, &d.Kind, &d.Cycle, &d.State, &d.Verdict, &open, &due, &warn, &warned,
		&fact, &d.Evidence, &d.Corrected, &settle, &d.ReleaseReason); err != nil {
		return nil, fmt.Errorf("read duties: %w", err)
	}
	d.OpenTime, d.DueTime = sqldb.Time(open), sqldb.Time(due)
	d.FactTime, d.SettleTime = sqldb.Time(fact), sqldb.Time(settle)
	var err error
	if d.WarnTimes, err = splitTimes(warn); err != nil {
		return nil, err
	}
	d.WarnedTimes, err = splitTimes(warned)
	return &d, err
}

// insertDuties writes new duties in one statement.
func insertDuties(ctx context.Context, tx *sqldb.Tx, duties []*followup.Duty) error {
	if len(duties) == 0 {
		return nil
	}
	const row = `(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`
	args := make([]any, 0, len(duties)*strings.Count(row, "?"))
	for _, d := range duties {
		args = append(args, d.Complaint, d.ID, int32(d.Kind), d.Cycle, int32(d.State), int32(d.Verdict),
			sqldb.Micros(d.OpenTime), sqldb.Micros(d.DueTime), joinTimes(d.WarnTimes), joinTimes(d.WarnedTimes),
			sqldb.Micros(d.FactTime), d.Evidence, d.Corrected, sqldb.Micros(d.SettleTime), d.ReleaseReason)
	}
	err := tx.Queue(ctx, nil, `INSERT INTO duties (`+dutyColumns+`) VALUES `+row+strings.Repeat(", "+row, len(duties)-1), args...)
	if err != nil {
		return fmt.Errorf("write duties: %w", err)
	}
	return nil
}

// updateDuty writes what may change of a duty, which was read under its
// complaint's lock: never its due time (CLK-4).
func updateDuty(ctx context.Context, tx *sqldb.Tx, d *followup.Duty) error {
	err := tx.Queue(ctx, nil, `UPDATE duties SET state = ?, verdict = ?, warned_times = ?, fact_time = ?, evidence = ?,
		corrected = ?, settle_time = ?, release_reason = ? WHERE complaint_id = ? AND duty_id = ?`,
		int32(d.State), int32(d.Verdict), joinTimes(d.WarnedTimes), sqldb.Micros(d.FactTime), d.Evidence,
		d.Corrected, sqldb.Micros(d.SettleTime), d.ReleaseReason, d.Complaint, d.ID)
	if err != nil {
		return fmt.Errorf("write duty: %w", err)
	}
	return nil
}

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

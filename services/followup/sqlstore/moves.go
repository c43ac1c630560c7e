package sqlstore

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/followup"
	"github.com/redress-dev/redress/services/internal/sqldb"
)

// pause is a followup.Pause as its column has it. The names are short, since each change of the duty writes them.
type pause struct {
	Reason   followupv1.Pause_Reason `json:"r"`
	Actor    string                  `json:"a"`
	Begin    int64                   `json:"b"`
	Limit    int64                   `json:"l"`
	EndTime  int64                   `json:"t,omitempty"`
	End      followupv1.Pause_End    `json:"e,omitempty"`
	Evidence string                  `json:"v,omitempty"`
	Due      int64                   `json:"d"`
	Warn     string                  `json:"w,omitempty"`
	Measure  policyv1.Clock_Measure  `json:"m,omitempty"`
	Calendar []byte                  `json:"c,omitempty"`
}

// extension is a followup.Extension as its column has it.
type extension struct {
	State      followupv1.Extension_State `json:"s"`
	Requester  string                     `json:"q"`
	Requested  int64                      `json:"r"`
	Reason     []byte                     `json:"w"`
	Place      string                     `json:"o,omitempty"`
	Decider    string                     `json:"x,omitempty"`
	DecideTime int64                      `json:"t,omitempty"`
	Previous   int64                      `json:"p"`
	Due        int64                      `json:"d"`
	Told       int32                      `json:"n,omitempty"`
	Tell       int64                      `json:"m,omitempty"`
}

// moveDuties writes the times of duties that a pause, its end, an extension or another complaint has moved, later ones too, with what moved
// them (CLK-3).
func moveDuties(ctx context.Context, tx *sqldb.Tx, duties []*followup.Duty) error {
	for _, d := range duties {
		pauses, extensions, err := writeMoves(d)
		if err != nil {
			return err
		}
		err = tx.Queue(ctx, nil, `UPDATE duties SET open_time = ?, due_time = ?, measure = ?, calendar = ?, warn_times = ?, moves = ?, pauses = ?, extensions = ?, extension_tell = ?
			WHERE duty_id = ? AND complaint_id = ?`,
			sqldb.Micros(d.OpenTime), sqldb.Micros(d.DueTime), int32(d.Measure), d.Calendar, joinTimes(d.WarnTimes), d.Moves, pauses, extensions, sqldb.Micros(d.TellTime()), d.ID, d.Complaint)
		if err != nil {
			return fmt.Errorf("move duties: %w", err)
		}
	}
	return nil
}

// writeMoves is what moved a duty, as its columns have it; both are empty for one that nothing moved.
func writeMoves(d *followup.Duty) (pauses, extensions string, err error) {
	var ps []pause
	for _, p := range d.Pauses {
		ps = append(ps, pause{
			p.Reason, p.Actor, sqldb.Micros(p.BeginTime), sqldb.Micros(p.LimitTime), sqldb.Micros(p.EndTime), p.End, p.Evidence,
			sqldb.Micros(p.DueTime), joinTimes(p.WarnTimes), p.Measure, p.Calendar,
		})
	}
	var es []extension
	for _, e := range d.Extensions {
		es = append(es, extension{
			e.State, e.Requester, sqldb.Micros(e.RequestTime), e.Reason, e.ReasonPlace, e.Decider, sqldb.Micros(e.DecideTime),
			sqldb.Micros(e.PreviousDueTime), sqldb.Micros(e.DueTime), e.Told, sqldb.Micros(e.TellTime),
		})
	}
	if pauses, err = list(ps); err != nil {
		return "", "", err
	}
	extensions, err = list(es)
	return pauses, extensions, err
}

// list writes a list, an empty one as nothing.
func list[T any](all []T) (string, error) {
	if len(all) == 0 {
		return "", nil
	}
	text, err := json.Marshal(all)
	if err != nil {
		return "", fmt.Errorf("write duties: %w", err)
	}
	return string(text), nil
}

// readMoves is the inverse of writeMoves.
func readMoves(d *followup.Duty, pauses, extensions string) error {
	if pauses != "" {
		var all []pause
		if err := json.Unmarshal([]byte(pauses), &all); err != nil {
			return fmt.Errorf("read duties: pauses: %w", err)
		}
		for _, p := range all {
			warn, err := splitTimes(p.Warn)
			if err != nil {
				return err
			}
			d.Pauses = append(d.Pauses, followup.Pause{
				Reason: p.Reason, Actor: p.Actor, BeginTime: sqldb.Time(p.Begin), LimitTime: sqldb.Time(p.Limit), EndTime: sqldb.Time(p.EndTime),
				End: p.End, Evidence: p.Evidence, DueTime: sqldb.Time(p.Due), WarnTimes: warn, Measure: p.Measure, Calendar: p.Calendar,
			})
		}
	}
	if extensions == "" {
		return nil
	}
	var all []extension
	if err := json.Unmarshal([]byte(extensions), &all); err != nil {
		return fmt.Errorf("read duties: extensions: %w", err)
	}
	for _, e := range all {
		d.Extensions = append(d.Extensions, followup.Extension{
			State: e.State, Requester: e.Requester, RequestTime: sqldb.Time(e.Requested), Reason: e.Reason, ReasonPlace: e.Place, Decider: e.Decider,
			DecideTime: sqldb.Time(e.DecideTime), PreviousDueTime: sqldb.Time(e.Previous), DueTime: sqldb.Time(e.Due),
			Told: e.Told, TellTime: sqldb.Time(e.Tell),
		})
	}
	return nil
}

// UntoldExtensions implements followup.Store.
func (s *Store) UntoldExtensions(ctx context.Context, now time.Time, limit int) (names []string, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		names = nil
		return tx.Ask(ctx, func(scan func(dest ...any) error) error {
			var complaint, duty string
			err := scan(&complaint, &duty)
			names = append(names, "complaints/"+complaint+"/duties/"+duty)
			return err
		}, `SELECT complaint_id, duty_id FROM duties WHERE extension_tell > 0 AND extension_tell <= ? ORDER BY extension_tell, duty_id LIMIT ?`,
			sqldb.Micros(now), limit)
	})
	return names, s.db.Failure(err)
}

// RequestedExtensions implements followup.Store.
func (s *Store) RequestedExtensions(
	ctx context.Context, now time.Time, after *followup.PromisePosition, limit int,
) (duties []*followup.Duty, err error) {
	rest := `WHERE d.extension_tell > 0 AND d.state = ? AND d.due_time > ?`
	args := []any{int32(followupv1.Duty_OPEN), sqldb.Micros(now)}
	if after != nil {
		rest += ` AND (d.due_time, d.complaint_id, d.duty_id) > (?, ?, ?)`
		args = append(args, sqldb.Micros(after.DueTime), after.Complaint, after.Duty)
	}
	err = s.db.Read(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		duties = nil
		return errors.Join(askDuties(ctx, tx, &duties, rest+` ORDER BY d.due_time, d.complaint_id, d.duty_id LIMIT ?`, append(args, limit)...),
			tx.Flush(ctx))
	})
	return duties, s.db.Failure(err)
}

package sqlstore

import (
	"context"
	"fmt"
	"time"

	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
	"github.com/redress-dev/redress/services/internal/filter"
	"github.com/redress-dev/redress/services/internal/sqldb"
	"github.com/redress-dev/redress/services/remedy"
)

var _ remedy.ClaimStore = (*Store)(nil)

const claimColumns = `complaint_id, claim_id, cycle, state, customer, third_party, grounds, amount, owner, due_time, remedy_id, recovered, note,
	create_time, settle_time, version, overdue_time, above_time`

func scanClaim(scan func(...any) error) (c remedy.Claim, err error) {
	var due, created, settled, overdue, above int64
	err = scan(&c.Complaint, &c.ID, &c.Cycle, &c.State, &c.Customer, &c.ThirdParty, &c.Grounds, &c.Amount, &c.Owner, &due, &c.Remedy, &c.Recovered,
		&c.Note, &created, &settled, &c.Version, &overdue, &above)
	c.OverdueTime, c.AboveTime = sqldb.Time(overdue), sqldb.Time(above)
	c.DueTime, c.CreateTime, c.SettleTime = sqldb.Time(due), sqldb.Time(created), sqldb.Time(settled)
	c.ThirdParty, c.Grounds, c.Note = none(c.ThirdParty), none(c.Grounds), none(c.Note)
	return c, err
}

// askClaim asks for one claim.
func askClaim(ctx context.Context, tx *sqldb.Tx, c *remedy.Case, complaint, id string) error {
	return tx.Ask(ctx, func(scan func(...any) error) error {
		found, err := scanClaim(scan)
		c.Claim = &found
		return err
	}, `SELECT `+claimColumns+` FROM claims WHERE complaint_id = ? AND claim_id = ?`, complaint, id)
}

// Claim implements remedy.ClaimStore.
func (s *Store) Claim(ctx context.Context, complaint, id string) (remedy.Claim, error) {
	var c remedy.Case
	err := s.db.Read(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		c = remedy.Case{}
		return askClaim(ctx, tx, &c, complaint, id)
	})
	switch {
	case err != nil:
		return remedy.Claim{}, s.db.Failure(err)
	case c.Claim == nil:
		return remedy.Claim{}, remedy.ErrUnknown
	}
	return *c.Claim, nil
}

// Claims implements remedy.ClaimStore.
func (s *Store) Claims(ctx context.Context, query remedy.ClaimQuery) (list []remedy.Claim, err error) {
	where, err := filter.Parse(map[string]filter.Field{
		"state": {Column: "state", Kind: filter.Enum, Names: remedyv1.Claim_State_value},
		"owner": {Column: "owner"},
		"overdue": {
			Column: "(CASE WHEN state = 1 AND due_time <= ? THEN TRUE ELSE FALSE END)", Args: []any{sqldb.Micros(query.Now)}, Kind: filter.Bool,
			Implies: map[string]string{"true": "state = 1"},
		},
		"due_time":    {Column: "due_time", Kind: filter.Time},
		"create_time": {Column: "create_time", Kind: filter.Time, Until: "due_time"},
	}, query.Filter)
	if err != nil {
		return nil, err
	}
	rest, args := `WHERE 1 = 1`+and(where), where.Args
	if query.Complaint != "" {
		rest, args = rest+` AND complaint_id = ?`, append(args, query.Complaint)
	}
	if at := query.After; at != nil {
		rest, args = rest+` AND (due_time, claim_id) > (?, ?)`, append(args, sqldb.Micros(at.DueTime), at.ID)
	}
	err = s.db.Read(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		list = nil
		return tx.Ask(ctx, func(scan func(...any) error) error {
			c, err := scanClaim(scan)
			list = append(list, c)
			return err
		}, `SELECT `+claimColumns+` FROM claims `+rest+` ORDER BY due_time, claim_id LIMIT ?`, append(args, query.Limit)...)
	})
	return list, s.db.Failure(err)
}

// UntoldClaims implements remedy.ClaimStore.
func (s *Store) UntoldClaims(ctx context.Context, now, toldUntil time.Time, limit int) (list []remedy.Claim, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		list = nil
		return tx.Ask(ctx, func(scan func(...any) error) error {
			c, err := scanClaim(scan)
			list = append(list, c)
			return err
		}, `SELECT `+claimColumns+` FROM claims WHERE state = 1 AND above_time = 0 AND due_time <= ? AND overdue_time <= ?
			ORDER BY due_time, claim_id LIMIT ?`, sqldb.Micros(now), sqldb.Micros(toldUntil), limit)
	})
	return list, s.db.Failure(err)
}

// putClaim writes a claim as a new row or over the one that exists.
func putClaim(ctx context.Context, tx *sqldb.Tx, c *remedy.Claim) error {
	err := tx.Queue(ctx, nil, `INSERT INTO claims (`+claimColumns+`) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (complaint_id, claim_id) DO UPDATE SET overdue_time = excluded.overdue_time, above_time = excluded.above_time, state = excluded.state, recovered = excluded.recovered, note = excluded.note,
		settle_time = excluded.settle_time, version = excluded.version`,
		c.Complaint, c.ID, c.Cycle, int32(c.State), c.Customer, some(c.ThirdParty), some(c.Grounds), c.Amount, c.Owner, sqldb.Micros(c.DueTime),
		c.Remedy, c.Recovered, some(c.Note), sqldb.Micros(c.CreateTime), sqldb.Micros(c.SettleTime), c.Version,
		sqldb.Micros(c.OverdueTime), sqldb.Micros(c.AboveTime))
	if err != nil {
		return fmt.Errorf("put claim: %w", err)
	}
	return nil
}

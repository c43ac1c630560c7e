package sqlstore

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/redress-dev/redress/services/internal/eventlog"
	"github.com/redress-dev/redress/services/internal/sqldb"
	"github.com/redress-dev/redress/services/routing"
)

var _ routing.ApproverStore = (*Store)(nil)

// ChooseApprover implements routing.ApproverStore. The row of the complaint is locked from before it is looked whether somebody was named.
func (s *Store) ChooseApprover(
	ctx context.Context, complaint string, turn routing.Turn, decide func(*routing.Case) (routing.Approver, error),
) (named routing.Approver, err error) {
	err = s.db.Write(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		c, last := &routing.Case{}, &eventlog.Place{}
		var version int64
		var before []routing.Approver
		err := errors.Join(askComplaint(ctx, tx, c, complaint, tx.Dialect().ForUpdate()), askApprover(ctx, tx, &before, turn),
			askVersion(ctx, tx, &version), s.log.AskLast(ctx, tx, "complaints/"+complaint, last), tx.Flush(ctx))
		if err != nil {
			return err
		}
		if len(before) > 0 {
			named = before[0]
			return nil
		}
		c.Look = func() (*routing.Directory, error) { return s.within(ctx, tx, version) }
		if named, err = decide(c); err != nil {
			return err
		}
		return errors.Join(insertApprover(ctx, tx, named), s.write(ctx, tx, complaint, c.Changes, last))
	})
	return named, s.db.Failure(err)
}

// Approver implements routing.ApproverStore.
func (s *Store) Approver(ctx context.Context, turn routing.Turn) (routing.Approver, error) {
	var named []routing.Approver
	err := s.db.Read(ctx, func(ctx context.Context, tx *sqldb.Tx) error { return askApprover(ctx, tx, &named, turn) })
	if err == nil && len(named) == 0 {
		err = routing.ErrUnknown
	}
	if err != nil {
		return routing.Approver{}, s.db.Failure(err)
	}
	return named[0], nil
}

func askApprover(ctx context.Context, tx *sqldb.Tx, named *[]routing.Approver, turn routing.Turn) error {
	*named = nil
	return tx.Ask(ctx, func(scan func(dest ...any) error) error {
		a := routing.Approver{Turn: turn}
		var passed string
		var urgent int64
		err := scan(&a.Agent, &a.Level, &passed, &urgent)
		a.Urgent = urgent != 0
		if err == nil && passed != "" {
			err = json.Unmarshal([]byte(passed), &a.Passed)
		}
		*named = append(*named, a)
		return err
	}, `SELECT agent, level, passed, urgent FROM approvers WHERE approval_id = ? AND step = ?`, turn.Approval, turn.Step)
}

func insertApprover(ctx context.Context, tx *sqldb.Tx, a routing.Approver) error {
	passed := ""
	if len(a.Passed) > 0 {
		text, err := json.Marshal(a.Passed)
		if err != nil {
			return fmt.Errorf("insert approver: %w", err)
		}
		passed = string(text)
	}
	err := tx.Queue(ctx, nil, `INSERT INTO approvers (approval_id, step, agent, level, passed, urgent) VALUES (?, ?, ?, ?, ?, ?)`,
		a.Turn.Approval, a.Turn.Step, a.Agent, a.Level, passed, flag(a.Urgent))
	if err != nil {
		return fmt.Errorf("insert approver: %w", err)
	}
	return nil
}

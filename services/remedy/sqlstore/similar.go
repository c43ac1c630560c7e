package sqlstore

import (
	"context"

	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
	"github.com/redress-dev/redress/services/internal/sqldb"
	"github.com/redress-dev/redress/services/remedy"
)

var _ remedy.CaseStore = (*Store)(nil)

// solvedSQL names the proposal that was accepted; what the customer chose of it is with the proposal.
const solvedSQL = `SELECT r.complaint_id, r.remedy_id FROM complaints c JOIN remedies r ON r.complaint_id = c.complaint_id
	WHERE c.customer <> ? AND c.survivor = '' AND r.state IN (?, ?) AND `

// Solved implements remedy.CaseStore.
func (s *Store) Solved(ctx context.Context, query remedy.SolvedQuery) (list []remedy.Solved, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		list = nil
		names, err := solvedNames(ctx, tx, query)
		if err != nil {
			return err
		}
		cases, remedies := make([]remedy.Case, len(names)), make([][]remedy.Remedy, len(names))
		for i, name := range names {
			if err := askCase(ctx, tx, &cases[i], name[0], ""); err != nil {
				return err
			}
			if err := askRemedies(ctx, tx, &remedies[i], name[0], `AND remedy_id = ?`, name[1]); err != nil {
				return err
			}
		}
		if err := tx.Flush(ctx); err != nil {
			return err
		}
		for i := range names {
			for _, r := range remedies[i] {
				list = append(list, remedy.Solved{Complaint: cases[i].Complaint, Remedy: r})
			}
		}
		return nil
	})
	return list, s.db.Failure(err)
}

// solvedNames are complaint and remedy of what was accepted, each once.
func solvedNames(ctx context.Context, tx *sqldb.Tx, query remedy.SolvedQuery) ([][2]string, error) {
	var names [][2]string
	seen := make(map[[2]string]bool)
	ask := func(condition string, value any) error {
		return tx.Ask(ctx, func(scan func(...any) error) error {
			var name [2]string
			err := scan(&name[0], &name[1])
			if err == nil && !seen[name] {
				seen[name] = true
				names = append(names, name)
			}
			return err
		}, solvedSQL+condition+` ORDER BY c.receive_time DESC, r.complaint_id DESC, r.remedy_id DESC LIMIT ?`,
			query.But, int32(remedyv1.Remedy_ACCEPTED), int32(remedyv1.Remedy_FULFILLED), value, query.Limit)
	}
	if query.Product != "" {
		if err := ask(`c.product <> '' AND c.product = ?`, query.Product); err != nil {
			return nil, err
		}
	}
	if query.Scenario != policyv1.Scenario_SCENARIO_UNSPECIFIED {
		if err := ask(`c.scenario <> 0 AND c.scenario = ?`, int32(query.Scenario)); err != nil {
			return nil, err
		}
	}
	return names, tx.Flush(ctx)
}

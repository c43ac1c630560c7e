package remedy_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/gen/covers"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
	"github.com/redress-dev/redress/services/internal/rpc/rpctest"
	"github.com/redress-dev/redress/services/internal/sqldb"
)

// TestExportedOnce has many export at the same time what was confirmed: each deduction goes out once, and a key that is repeated is answered
// with what it exported.
func TestExportedOnce(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ACC-1", "API-1")
	migrated.Each(t, func(t *testing.T, open func(t *testing.T) *sqldb.DB) {
		t.Helper()
		t.Parallel()
		const exporters, complaints = 16, 5
		w := newWorldOn(t, open(t), published)
		var names []string
		for range complaints {
			complaint, ruling := w.blamed()
			for _, d := range w.suggest(suggestion(complaint, ruling, 1000, 100_000, "agents/chen", "agents/zhao")) {
				names = append(names, d.GetName())
			}
		}
		w.now = w.now.Add(240 * time.Hour)
		for _, name := range names[1:] {
			_, err := w.confirm(name)
			require.NoError(t, err)
		}
		hr := w.hr()
		answers := make([]*remedyv1.ExportDeductionsResponse, exporters)
		failed := make([]error, exporters)
		key := func(i int) context.Context { return rpctest.WithKey(t.Context(), fmt.Sprint("export", i)) }
		var group sync.WaitGroup
		for i := range exporters {
			group.Go(func() {
				answers[i], failed[i] = hr.ExportDeductions(key(i), &remedyv1.ExportDeductionsRequest{Month: "2026-11"})
			})
		}
		group.Wait()
		var exported []string
		for i, resp := range answers {
			require.NoError(t, failed[i])
			again, err := hr.ExportDeductions(key(i), &remedyv1.ExportDeductionsRequest{Month: "2026-11"})
			require.NoError(t, err)
			require.Len(t, again.GetDeductions(), len(resp.GetDeductions()))
			for n, d := range resp.GetDeductions() {
				require.Equal(t, remedyv1.Deduction_EXPORTED, d.GetState())
				require.Equal(t, d.GetName(), again.GetDeductions()[n].GetName())
				exported = append(exported, d.GetName())
			}
		}
		require.ElementsMatch(t, names[1:], exported, "all that was confirmed, each once")
		require.Len(t, w.deductions(hr, `state = "EXPORTED"`), len(names)-1)
	})
}

// TestNobodyGivesMoreThanTheirShare suggests at random, many at a time, and confirms and dismisses: of a month never more than the policy's
// part of the pay, and of a complaint never more than the loss.
func TestNobodyGivesMoreThanTheirShare(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ACC-1")
	migrated.Each(t, func(t *testing.T, open func(t *testing.T) *sqldb.DB) {
		t.Helper()
		t.Parallel()
		const complaints, writers, each, pay, loss = 6, 8, 12, 1000, 700
		w := newWorldOn(t, open(t), published)
		agents := []string{"agents/a", "agents/b", "agents/c"}
		var asked [][2]string
		for range complaints {
			complaint := w.receive()
			ruling := complaint + "/rulings/r"
			w.happens(complaint, 1, ruled(ruling, policyv1.Responsibility_RESPONSIBLE, policyv1.RulingReason_SHIRKING, agents...))
			asked = append(asked, [2]string{complaint, ruling})
		}
		supervisor, hr := w.supervisor(), w.hr()
		check := func(list []*remedyv1.Deduction) {
			months, losses := map[string]int64{}, map[string]int64{}
			for _, d := range list {
				if d.GetState() == remedyv1.Deduction_DISMISSED {
					continue
				}
				months[d.GetAgent()+d.GetMonth()] += d.GetAmount().GetUnits()
				losses[d.GetRuling()] += d.GetAmount().GetUnits()
			}
			for who, sum := range months {
				require.LessOrEqual(t, sum, int64(pay*20/100), who)
			}
			for ruling, sum := range losses {
				require.LessOrEqual(t, sum, int64(loss), ruling)
			}
		}
		var group sync.WaitGroup
		failed := make(chan error, writers*each)
		for seed := range uint64(writers) {
			group.Go(func() {
				random := rand.New(rand.NewPCG(seed, 3))
				for range each {
					of := asked[random.IntN(complaints)]
					req := suggestion(of[0], of[1], int64(random.IntN(loss)+1), pay, agents[random.IntN(len(agents)):]...)
					req.Month = []string{"2026-10", "2026-11"}[random.IntN(2)]
					resp, err := supervisor.SuggestDeductions(t.Context(), req)
					failed <- err
					for _, d := range resp.GetDeductions() {
						if random.IntN(3) == 0 {
							_, err = hr.ConfirmDeduction(t.Context(), &remedyv1.ConfirmDeductionRequest{Name: d.GetName(), Dismiss: true, Reason: "x"})
							failed <- err
						}
					}
				}
			})
		}
		go func() { group.Wait(); close(failed) }()
		for err := range failed {
			require.NoError(t, err)
		}
		list := w.deductions(hr, "")
		require.NotEmpty(t, list)
		check(list)
		_, err := hr.ConfirmDeduction(t.Context(), &remedyv1.ConfirmDeductionRequest{Name: list[0].GetName(), Reason: "x"})
		require.Error(t, err, "who was not heard yet is not")
	})
}

package routing_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
	"github.com/redress-dev/redress/services/internal/auth"
	"github.com/redress-dev/redress/services/internal/sqldb"
	"github.com/redress-dev/redress/services/routing"
)

// TestManyQueued measures the first page of each queue, and the counts, with many complaints on record, of which up to 50,000 are open. It
// runs only when it is told how many:
//
//	REDRESS_BENCH_COMPLAINTS=1000000 go test -run TestManyQueued -v -timeout 2h ./services/routing
func TestManyQueued(t *testing.T) {
	count, err := strconv.Atoi(os.Getenv("REDRESS_BENCH_COMPLAINTS"))
	if err != nil {
		t.Skip("REDRESS_BENCH_COMPLAINTS says with how many complaints to measure")
	}
	migrated.Each(t, func(t *testing.T, open func(t *testing.T) *sqldb.DB) {
		db := open(t)
		now := time.Now().UTC().Truncate(time.Second)
		_, services := replicas(t, db, newDesk(), func() time.Time { return now }, 1)
		require.NoError(t, services[0].SeedDirectory(t.Context()))
		crowd(t, services[0])
		fill(t, db, count, min(count, 50_000), now)
		ctx := auth.NewContext(t.Context(), auth.Identity{Subject: "agents/p000", Roles: []authv1.Role{authv1.Role_SUPERVISOR}})
		for _, queue := range []string{"mine", "team", "department", "overdue", "dueSoon", "unassigned"} {
			for _, department := range []string{"", "departments/-"} {
				if department != "" && (queue == "mine" || queue == "team") {
					continue
				}
				req := &routingv1.ListQueuedComplaintsRequest{Parent: "queues/" + queue, Department: department, PageSize: 50}
				measure(t, queue+" "+department, func() int {
					resp, err := services[0].ListQueuedComplaints(ctx, req)
					require.NoError(t, err)
					return len(resp.GetComplaints())
				})
			}
		}
		urgent := &routingv1.ListQueuedComplaintsRequest{Parent: "queues/department", Severity: policyv1.Severity_URGENT, PageSize: 50}
		measure(t, "department, urgent", func() int {
			resp, err := services[0].ListQueuedComplaints(ctx, urgent)
			require.NoError(t, err)
			return len(resp.GetComplaints())
		})
		for _, department := range []string{"", "departments/-"} {
			measure(t, "counts "+department, func() int {
				resp, err := services[0].ListQueues(ctx, &routingv1.ListQueuesRequest{Department: department})
				require.NoError(t, err)
				return len(resp.GetQueues())
			})
		}
		measure(t, "a pass with nobody free", func() int {
			require.NoError(t, services[0].Hand(ctx))
			return 0
		})
	})
}

// members is how many people there are in each of the seed's departments; a tenth of them is the caller's team.
const members = 100

// crowd puts people into the directory.
func crowd(t *testing.T, service *routing.Service) {
	t.Helper()
	for i, department := range []string{"customer-service", "logistics", "quality", "billing"} {
		for j := range members {
			agent := &routingv1.Agent{
				DisplayName: "P", Department: "departments/" + department, TakesComplaints: true, Languages: []string{"en"}, Capacity: proto.Int32(1),
			}
			if i == 0 && 0 < j && j < members/10 {
				agent.Supervisor = "agents/p000"
			}
			_, err := service.CreateAgent(t.Context(), &routingv1.CreateAgentRequest{AgentId: fmt.Sprintf("p%d%02d", i, j), Agent: agent})
			require.NoError(t, err)
		}
	}
}

// fill puts complaints on record: so many are open, with two duties each, due over four days around now; one in eleven waits.
func fill(t *testing.T, db *sqldb.DB, count, open int, now time.Time) {
	t.Helper()
	departments := []string{"customer-service", "logistics", "quality", "billing"}
	const batch = 500
	for from := 0; from < count; from += batch {
		require.NoError(t, db.Write(t.Context(), func(ctx context.Context, tx *sqldb.Tx) error {
			var rows []string
			for i := from; i < min(from+batch, count); i++ {
				// Open ones lie between the ended ones, as they do in life.
				n, id := i*open/count, fmt.Sprintf("%026d", i)
				ended := 1
				if n != (i+1)*open/count {
					ended = 0
				}
				of, severity, assignee := n%4, 1+n/4%4, fmt.Sprintf("p%d%02d", n%4, n/4*31%members)
				if n*13%11 == 0 {
					assignee = ""
				}
				rows = append(rows, fmt.Sprintf("('%s', 'customers/%s', 1, %d, 1, %d, '%s', '%s', 'because', 1, 1, 'en', '')",
					id, id, severity, ended, departments[of], assignee))
				if ended != 0 {
					continue
				}
				due := sqldb.Micros(now.Add(time.Duration(n*7919%(96*3600))*time.Second - 24*time.Hour))
				err := errors.Join(
					tx.Queue(ctx, nil, `INSERT INTO owed (complaint_id, duty_id, kind, due_time) VALUES (?, '1-callback', 4, ?), (?, '1-resolution', 5, ?)`,
						id, due, id, due+1e9),
					tx.Queue(ctx, nil, `INSERT INTO queued (complaint_id, open, department, assignee, urgency, next_due) VALUES (?, 1, ?, ?, ?, ?)`,
						id, departments[of], assignee, 9-severity, due))
				if err != nil {
					return err
				}
			}
			_, err := tx.Exec(ctx, `INSERT INTO complaints (complaint_id, customer, target_kind, severity, cycle, ended, department, assignee,
				reason, assigned_cycle, assign_time, language, target_agent) VALUES `+strings.Join(rows, ", "))
			return err
		}))
	}
	require.NoError(t, db.Write(t.Context(), func(ctx context.Context, tx *sqldb.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO queue_counts (department, waiting, shard, complaint_count)
			SELECT department, CASE assignee WHEN '' THEN 1 ELSE 0 END, 0, COUNT(*) FROM queued GROUP BY department, CASE assignee WHEN '' THEN 1 ELSE 0 END`)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `UPDATE agents SET open_count = (SELECT COUNT(*) FROM queued WHERE assignee = agent_id)`)
		return err
	}))
}

// measure logs how long something takes.
func measure(t *testing.T, what string, do func() int) {
	t.Helper()
	const times = 300
	found := do()
	took := make([]time.Duration, times)
	for i := range took {
		began := time.Now()
		do()
		took[i] = time.Since(began)
	}
	slices.Sort(took)
	t.Logf("%-36s %4d found: p50 %8.2f ms, p99 %8.2f ms", what, found, took[times/2].Seconds()*1000, took[times*99/100].Seconds()*1000)
}

package eventlog_test

import (
	"bytes"
	"crypto/ed25519"
	"fmt"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/redress-dev/redress/gen/covers"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	"github.com/redress-dev/redress/services/internal/eventlog"
	"github.com/redress-dev/redress/services/internal/sqldb"
)

// checkpointed is a log whose relay has run and stopped, so that a checkpoint
// covers all there is.
func checkpointed(t *testing.T, db *sqldb.DB) *eventlog.Log {
	t.Helper()
	cfg := quick()
	cfg.BatchSize = 2
	log := newLog(t, db, cfg)
	checkpoint(t, log)
	return log
}

func checkpoint(t *testing.T, log *eventlog.Log) {
	t.Helper()
	run(t, log)()
}

func verify(t *testing.T, log *eventlog.Log, subject string) *eventv1.VerifyEventsResponse {
	t.Helper()
	resp, err := eventlog.NewServer(log, nil).VerifyEvents(t.Context(), &eventv1.VerifyEventsRequest{Subject: subject})
	require.NoError(t, err)
	return resp
}

// fill writes two subjects with five events each, in turns, and a checkpoint
// after each second round.
func fill(t *testing.T, db *sqldb.DB, log *eventlog.Log) {
	t.Helper()
	a, b := messages("complaints/a", 5), messages("complaints/b", 5)
	for i := range a {
		add(t, db, log, a[i], b[i])
		if i%2 == 1 {
			checkpoint(t, log)
		}
	}
	checkpoint(t, log)
}

func TestAnIntactLogIsIntact(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *sqldb.DB) {
		log := checkpointed(t, db)
		resp := verify(t, log, "")
		require.True(t, resp.GetIntact())
		require.Nil(t, resp.GetHead(), "nothing to sign, no checkpoint")
		fill(t, db, log)
		resp = verify(t, log, "")
		require.Empty(t, resp.GetFindings())
		require.True(t, resp.GetIntact())
		require.EqualValues(t, 10, resp.GetEventCount())
		require.EqualValues(t, 3, resp.GetCheckpointCount())
		require.EqualValues(t, 10, resp.GetHead().GetEventCount())
		require.Equal(t, "intake", resp.GetHead().GetSource())
		checkpoint(t, log)
		require.EqualValues(t, 3, verify(t, log, "").GetCheckpointCount(), "nothing new, no checkpoint")
		one := verify(t, log, "complaints/a")
		require.True(t, one.GetIntact())
		require.EqualValues(t, 5, one.GetEventCount())
		require.Zero(t, one.GetCheckpointCount())
	})
}

func TestEveryManipulationIsFound(t *testing.T) {
	covers.Requirement(t, "API-2")
	t.Parallel()
	last := "(SELECT MAX(seq) FROM events)"
	third := "subject = 'complaints/a' AND position = 3"
	cases := map[string]struct {
		// manipulate are statements run behind the log's back.
		manipulate []string
		problem    string
		// inSubject says that the subject's own chain shows it.
		inSubject bool
	}{
		"payload":       {[]string{"UPDATE events SET payload = hash WHERE " + third}, "was altered", true},
		"actor":         {[]string{"UPDATE events SET actor = 'agents/other' WHERE " + third}, "was altered", true},
		"record time":   {[]string{"UPDATE events SET record_time = record_time - 1 WHERE " + third}, "was altered", true},
		"type":          {[]string{"UPDATE events SET type = 'complaint_closed' WHERE " + third}, "was altered", true},
		"cycle":         {[]string{"UPDATE events SET cycle = 2 WHERE " + third}, "was altered", true},
		"event id":      {[]string{"UPDATE events SET event_id = 'x' WHERE " + third}, "was altered", true},
		"trace":         {[]string{"UPDATE events SET trace_parent = 'x' WHERE " + third}, "was altered", true},
		"subject":       {[]string{"UPDATE events SET subject = 'complaints/c', position = 1, previous_hash = (SELECT previous_hash FROM events WHERE seq = 1) WHERE subject = 'complaints/a' AND position = 5"}, "was altered", false},
		"chain":         {[]string{"UPDATE events SET previous_hash = hash WHERE " + third}, "does not continue", true},
		"hash":          {[]string{"UPDATE events SET hash = previous_hash WHERE " + third}, "digest does not fit", true},
		"removed":       {[]string{"DELETE FROM events WHERE " + third}, "1 events of the subject are missing", true},
		"removed first": {[]string{"DELETE FROM events WHERE subject = 'complaints/a' AND position = 1"}, "1 events of the subject are missing", true},
		"whole subject": {[]string{"DELETE FROM events WHERE subject = 'complaints/a'"}, "covers 4 events since the one before it, but the log has 2", false},
		"cut end":       {[]string{"DELETE FROM events WHERE seq = " + last}, "the log ends at sequence 9, but the checkpoint covers it up to 10", false},
		"cut end of a subject": {[]string{"DELETE FROM events WHERE subject = 'complaints/a' AND position = 5"},
			"covers 2 events since the one before it, but the log has 1", false},
		"reordered": {[]string{"UPDATE events SET seq = -seq WHERE seq IN (2, 3)", "UPDATE events SET seq = 5 + seq WHERE seq < 0"}, "digest does not fit", false},
		"put in": {[]string{`INSERT INTO events (seq, event_id, subject, position, cycle, type, actor, record_time, trace_parent, payload, previous_hash, hash)
			SELECT -1, 'x', 'complaints/z', 1, cycle, type, actor, record_time, trace_parent, payload, previous_hash, hash FROM events WHERE seq = 1`}, "was altered", false},
		"checkpoint altered":   {[]string{"UPDATE checkpoints SET event_count = event_count + 1 WHERE seq = 4"}, "the checkpoint was altered", false},
		"checkpoint time":      {[]string{"UPDATE checkpoints SET create_time = create_time + 1 WHERE seq = 4"}, "the checkpoint was altered", false},
		"checkpoint signature": {[]string{"UPDATE checkpoints SET signature = digest WHERE seq = 4"}, "the checkpoint was altered", false},
		"checkpoint removed":   {[]string{"DELETE FROM checkpoints WHERE seq = 4"}, "the checkpoint at sequence 4, which this one continues, is missing", false},
	}
	each(t, func(t *testing.T, db *sqldb.DB) {
		log := checkpointed(t, db)
		fill(t, db, log)
		for _, table := range []string{"events", "checkpoints"} {
			exec(t, db, "CREATE TABLE "+table+"_copy AS SELECT * FROM "+table)
		}
		for name, test := range cases {
			for _, table := range []string{"events", "checkpoints"} {
				exec(t, db, "DELETE FROM "+table)
				exec(t, db, "INSERT INTO "+table+" SELECT * FROM "+table+"_copy")
			}
			require.True(t, verify(t, log, "").GetIntact())
			for _, statement := range test.manipulate {
				exec(t, db, statement)
			}
			resp := verify(t, log, "")
			require.False(t, resp.GetIntact(), name)
			require.Contains(t, fmt.Sprint(resp.GetFindings()), test.problem, name)
			require.Equal(t, test.inSubject, !verify(t, log, "complaints/a").GetIntact(), name)
			require.True(t, verify(t, log, "complaints/b").GetIntact(), "%s: the other subject is what it was", name)
		}
	})
}

func TestARewrittenHistoryDoesNotFitTheCheckpoints(t *testing.T) {
	covers.Requirement(t, "API-2")
	t.Parallel()
	each(t, func(t *testing.T, db *sqldb.DB) {
		log := checkpointed(t, db)
		fill(t, db, log)
		// Whoever knows how hashes are made writes the whole log anew.
		exec(t, db, "DELETE FROM events")
		forger := newLog(t, db, quick())
		for i := range 5 {
			for _, subject := range []string{"complaints/a", "complaints/b"} {
				d := draft(subject, "another story")
				d.First = i == 0
				e := add(t, db, forger, d)[0]
				exec(t, db, "UPDATE events SET seq = seq - 10 WHERE seq = ?", e.GetSequence())
			}
		}
		require.True(t, verify(t, log, "complaints/a").GetIntact())
		resp := verify(t, log, "")
		require.Len(t, resp.GetFindings(), 3)
		require.Contains(t, resp.GetFindings()[0].GetProblem(), "digest does not fit")
	})
}

func TestCheckpointsOfAnotherKeyAreNotOurs(t *testing.T) {
	covers.Requirement(t, "API-2")
	t.Parallel()
	each(t, func(t *testing.T, db *sqldb.DB) {
		d := deps(db)
		d.Signer = ed25519.NewKeyFromSeed(bytes.Repeat([]byte{9}, ed25519.SeedSize))
		forger, err := eventlog.New(eventlog.Config{Source: "intake"}, d)
		require.NoError(t, err)
		add(t, db, forger, messages("complaints/a", 2)...)
		checkpoint(t, forger)
		require.True(t, verify(t, forger, "").GetIntact())
		require.Contains(t, fmt.Sprint(verify(t, newLog(t, db, quick()), "").GetFindings()), "not ours")
	})
}

func TestFindingsAreBounded(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *sqldb.DB) {
		log := newLog(t, db, quick())
		add(t, db, log, messages("complaints/a", 120)...)
		exec(t, db, "UPDATE events SET actor = 'x'")
		resp := verify(t, log, "")
		require.Len(t, resp.GetFindings(), 100)
		require.EqualValues(t, 120, resp.GetEventCount())
	})
}

func TestCheckpointsComeAtIntervalsAndAreWitnessed(t *testing.T) {
	covers.Requirement(t, "API-2")
	t.Parallel()
	each(t, func(t *testing.T, db *sqldb.DB) {
		cfg := quick()
		cfg.Source, cfg.CheckpointEvery = "intake", 5*time.Millisecond
		d := deps(db)
		var out bytes.Buffer
		d.Logger = slog.New(slog.NewTextHandler(&out, nil))
		log, err := eventlog.New(cfg, d)
		require.NoError(t, err)
		stop := run(t, log)
		for i, draft := range messages("complaints/a", 3) {
			add(t, db, log, draft)
			require.Eventually(t, func() bool { return count(t, db, "checkpoints") == i+1 }, time.Minute, 2*time.Millisecond)
		}
		stop()
		head := verify(t, log, "").GetHead()
		require.Contains(t, out.String(), fmt.Sprintf("event_count=3 digest=%x", head.GetDigest()))
	})
}

func TestTwoReplicasWriteOneChainOfCheckpoints(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *sqldb.DB) {
		cfg := quick()
		cfg.CheckpointEvery = time.Millisecond
		log := newLog(t, db, cfg)
		for range 3 {
			run(t, newLog(t, db, cfg))
		}
		add(t, db, log, messages("complaints/a", 50)...)
		require.Eventually(t, func() bool { return verify(t, log, "").GetHead().GetEventCount() == 50 }, time.Minute, 5*time.Millisecond)
		require.Empty(t, verify(t, log, "").GetFindings())
	})
}

func TestACheckpointDoesNotPassAnUncommittedEvent(t *testing.T) {
	t.Parallel()
	db := postgres(t)
	log := newLog(t, db, quick())
	add(t, db, log, messages("complaints/a", 1)...)
	open := hold(t, db, log, messages("complaints/b", 1)[0])
	add(t, db, log, messages("complaints/c", 1)...)
	checkpoint(t, log)
	require.EqualValues(t, 1, verify(t, log, "").GetHead().GetEventCount())
	open.finish(t, nil)
	checkpoint(t, log)
	require.EqualValues(t, 3, verify(t, log, "").GetHead().GetEventCount())
	require.True(t, verify(t, log, "").GetIntact())
}

// TestTheWitnessSeesAnEndThatWasCutWithItsCheckpoints removes what the database alone cannot miss.
func TestTheWitnessSeesAnEndThatWasCutWithItsCheckpoints(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "API-2")
	each(t, func(t *testing.T, db *sqldb.DB) {
		cfg := quick()
		cfg.Source = "intake"
		with := deps(db)
		with.Witness = eventlog.FileWitness(filepath.Join(t.TempDir(), "intake.checkpoint"))
		log, err := eventlog.New(cfg, with)
		require.NoError(t, err)
		require.True(t, verify(t, log, "").GetIntact(), "a witness that saw nothing yet misses nothing")
		fill(t, db, log)
		require.True(t, verify(t, log, "").GetIntact())
		seen, err := with.Witness.Last()
		require.NoError(t, err)
		require.EqualValues(t, 10, seen.GetEventCount())

		exec(t, db, "DELETE FROM checkpoints WHERE seq > (SELECT MIN(seq) FROM checkpoints)")
		exec(t, db, "DELETE FROM events WHERE seq > (SELECT MIN(seq) FROM checkpoints)")
		require.True(t, verify(t, newLog(t, db, cfg), "").GetIntact(), "the database alone looks whole")
		cut := verify(t, log, "")
		require.False(t, cut.GetIntact())
		require.Contains(t, cut.GetFindings()[0].GetProblem(), "witness")
	})
}

func TestAnotherSignerIsNoticed(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *sqldb.DB) {
		log := checkpointed(t, db)
		require.NoError(t, log.CheckSigner(t.Context()), "nothing is signed yet")
		fill(t, db, log)
		require.NoError(t, log.CheckSigner(t.Context()))
		other := deps(db)
		other.Signer = ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, ed25519.SeedSize))
		cfg := quick()
		cfg.Source = "intake"
		foreign, err := eventlog.New(cfg, other)
		require.NoError(t, err)
		require.Error(t, foreign.CheckSigner(t.Context()))
	})
}

package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"

	"github.com/redress-dev/redress/gen/covers"
	reviewv1 "github.com/redress-dev/redress/gen/redress/review/v1"
	"github.com/redress-dev/redress/services/internal/logtest"
)

// TestReview fetches a page into a file, which a browser opens, and a table; of one that there is not nothing is written.
func TestReview(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REV-1")
	s := serveRules(t)
	var made *reviewv1.Review
	require.NoError(t, (&remote{Server: s.address, Token: s.token}).connect(t.Context(), func(ctx context.Context, conn *grpc.ClientConn) (err error) {
		made, err = reviewv1.NewReviewServiceClient(conn).RunReview(ctx, &reviewv1.RunReviewRequest{Kind: reviewv1.Review_DAILY})
		return err
	}))
	file := filepath.Join(t.TempDir(), "review.html")
	review := func(code int, args ...string) string {
		var said logtest.Buffer
		got := run(t.Context(), append([]string{"review"}, args...), []string{"TOKEN=" + s.token, "REDRESS_SERVER=" + s.address}, strings.NewReader(""), &said, &said)
		require.Equal(t, code, got, said.String())
		return said.String()
	}
	require.Contains(t, review(failed, "page", "daily-2001-01-01", "--out", file), "daily-2001-01-01")
	require.NoFileExists(t, file)
	require.Equal(t, "ready: "+file+"\n", review(done, "page", made.GetName(), "--out", file, "--language", "en"))
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Contains(t, string(text), `<html lang="en">`)
	require.Contains(t, review(done, "table", strings.TrimPrefix(made.GetName(), "reviews/"), "--review-version", "1"), "record_count")
}

package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"google.golang.org/grpc"

	reviewv1 "github.com/redress-dev/redress/gen/redress/review/v1"
	"github.com/redress-dev/redress/services/settings"
)

// reviewCommands fetch reviews for people: a browser sends no token.
type reviewCommands struct {
	Page  reviewPage  `cmd:"" help:"Fetch a review as a page with plots, to open in a browser."`
	Table reviewTable `cmd:"" help:"Fetch all numbers of a review as CSV."`
}

// reviewServer says where reviews are, and who asks.
type reviewServer struct {
	settings.Program
	protection

	Server string `env:"REDRESS_SERVER" default:"127.0.0.1:9090" placeholder:"HOST:PORT" help:"Where Redress, or its service review, speaks gRPC."`
	Token  string `env:"TOKEN" secret:"true" placeholder:"TOKEN" help:"A token of a supervisor, manager, executive or auditor."`
}

// reviewWanted is which review, and where it goes.
type reviewWanted struct {
	Name          string `arg:"" name:"review" help:"The review: weekly-2026-11-16; also with reviews/ before it."`
	Out           string `placeholder:"FILE" help:"The file to write; none for standard output."`
	ReviewVersion int32  `placeholder:"N" help:"The version; none for the highest."`
}

// reviewPage fetches a page.
type reviewPage struct {
	reviewServer
	reviewWanted

	Language string `placeholder:"CODE" help:"zh-Hans, zh-Hant or en; none for the policy's fallback."`
}

// Uses implements settings.Selective.
func (reviewPage) Uses(flag string) bool {
	return slices.Contains(remoteFlags("out", "review-version", "language"), flag)
}

func (c *reviewPage) run(ctx context.Context, in *surroundings) error {
	req := &reviewv1.RenderReviewRequest{Format: reviewv1.RenderReviewRequest_PAGE, LanguageCode: c.Language}
	return c.fetch(ctx, in.stdout, c.reviewWanted, req)
}

// reviewTable fetches a table.
type reviewTable struct {
	reviewServer
	reviewWanted
}

// Uses implements settings.Selective.
func (reviewTable) Uses(flag string) bool {
	return slices.Contains(remoteFlags("out", "review-version"), flag)
}

func (c *reviewTable) run(ctx context.Context, in *surroundings) error {
	return c.fetch(ctx, in.stdout, c.reviewWanted, &reviewv1.RenderReviewRequest{Format: reviewv1.RenderReviewRequest_TABLE})
}

// fetch has a review written, and keeps what came in the file. Nothing is written of one that is refused.
func (c *reviewServer) fetch(ctx context.Context, out io.Writer, wanted reviewWanted, req *reviewv1.RenderReviewRequest) error {
	at := remote{Server: c.Server, Token: c.Token, protection: c.protection}
	req.Name, req.Version = "reviews/"+strings.TrimPrefix(wanted.Name, "reviews/"), wanted.ReviewVersion
	return at.connect(ctx, func(ctx context.Context, conn *grpc.ClientConn) error {
		resp, err := reviewv1.NewReviewServiceClient(conn).RenderReview(ctx, req)
		if err != nil {
			return err
		}
		if wanted.Out == "" {
			_, err = out.Write(resp.GetContent())
			return err
		}
		if err := os.WriteFile(wanted.Out, resp.GetContent(), 0o600); err != nil {
			return err
		}
		_, err = fmt.Fprintln(out, "ready: "+wanted.Out)
		return err
	})
}

package main

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/timestamppb"

	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
	"github.com/redress-dev/redress/services/internal/document"
	"github.com/redress-dev/redress/services/rulebook"
)

// ruleCommands read, judge, change and explain routing's rules.
type ruleCommands struct {
	Get     rulesGet     `cmd:"" help:"Write a set of rules as a file."`
	Check   rulesCheck   `cmd:"" help:"Say what is wrong with a file of rules."`
	Apply   rulesApply   `cmd:"" help:"Make the rules of a file the current ones, after showing the difference."`
	Explain rulesExplain `cmd:"" help:"Tell who would be given a complaint, and why."`
}

// currentSet is the set that complaints are assigned by.
const currentSet = "ruleSets/current"

// setName is the name of a set that somebody calls "3", "current" or "ruleSets/3".
func setName(said string) string {
	return "ruleSets/" + strings.TrimPrefix(said, "ruleSets/")
}

// readRules reads a file of rules, and tells its mistakes.
func readRules(in *surroundings, path string) (*rulebook.File, error) {
	text, err := document.Load(path)
	if err != nil {
		return nil, misuse(err)
	}
	file, err := rulebook.Parse(text, path)
	return file, refusedRules(in, path, err)
}

// refusedRules tells what is wrong with a file; any other error stays as it is.
func refusedRules(in *surroundings, path string, err error) error {
	refused, ok := errors.AsType[*rulebook.MistakesError](err)
	if !ok {
		return err
	}
	fmt.Fprintln(in.stderr, refused)
	fmt.Fprintf(in.stderr, "redress: %s is refused: %s\n", path, count(len(refused.Lines), "mistake"))
	return silent{}
}

// rulesGet writes a set.
type rulesGet struct {
	remote

	Set string `arg:"" optional:"" default:"current" help:"Which set: its number, or the current one."`
}

// Uses implements settings.Selective.
func (rulesGet) Uses(flag string) bool {
	return slices.Contains(remoteFlags(), flag)
}

func (c *rulesGet) run(ctx context.Context, in *surroundings) error {
	return c.connect(ctx, func(ctx context.Context, conn *grpc.ClientConn) error {
		set, err := routingv1.NewRuleServiceClient(conn).GetRuleSet(ctx, &routingv1.GetRuleSetRequest{Name: setName(c.Set)})
		if err != nil {
			return err
		}
		text, err := rulebook.Format(set)
		if err != nil {
			return err
		}
		_, err = in.stdout.Write(text)
		return err
	})
}

// rulesCheck judges a file.
type rulesCheck struct {
	Path string `arg:"" name:"file" help:"The file: YAML with rules."`
}

// Help implements kong's HelpProvider.
func (rulesCheck) Help() string {
	return `Every mistake is a line with file, line and column: of the form, of the contract's bounds, and of each condition. Nothing is sent
anywhere. Which departments and skills there are only a server knows: rules apply --dry-run asks it. The exit code is 1 when the file would be refused.`
}

func (c *rulesCheck) run(_ context.Context, in *surroundings) error {
	file, err := readRules(in, c.Path)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(in.stdout, "%s has %s without a mistake; whether its departments and skills exist, rules apply asks\n",
		c.Path, count(len(file.Set.GetRules()), "rule"))
	return err
}

// rulesApply makes the rules of a file the current ones.
type rulesApply struct {
	remote

	Path   string `arg:"" name:"file" help:"The file: YAML with rules, as rules get writes it."`
	DryRun bool   `help:"Show the difference and change nothing."`
	Yes    bool   `help:"Do not ask."`
}

// Uses implements settings.Selective.
func (rulesApply) Uses(flag string) bool {
	return slices.Contains(remoteFlags("dry-run", "yes"), flag)
}

// Help implements kong's HelpProvider.
func (rulesApply) Help() string {
	return `The file states all rules, the first one first. The difference to the current set is shown: + new, - gone, ~ changed; then the server
is asked whether the rules can be used, and you are, unless you said --yes. What is assigned already stays where it is. A second run has nothing
to change. If somebody else saves rules meanwhile, or the file has the etag of a set that is not the current one any more, nothing is
changed. docs/routing.md tells what a file looks like.`
}

func (c *rulesApply) run(ctx context.Context, in *surroundings) error {
	file, err := readRules(in, c.Path)
	if err != nil {
		return err
	}
	return c.connect(ctx, func(ctx context.Context, conn *grpc.ClientConn) error {
		client := routingv1.NewRuleServiceClient(conn)
		current, err := client.GetRuleSet(ctx, &routingv1.GetRuleSetRequest{Name: currentSet})
		if err != nil {
			return err
		}
		lines := rulebook.Difference(current.GetRules(), file.Set.GetRules())
		if len(lines) == 0 {
			_, err := fmt.Fprintf(in.stdout, "nothing to change: %s has these rules\n", current.GetName())
			return err
		}
		if etag := file.Set.GetEtag(); etag != "" && etag != current.GetEtag() {
			return fmt.Errorf("%s was made from another set than %s, which is the current one: get that, or leave the etag out to replace it all the same",
				c.Path, current.GetName())
		}
		if _, err := fmt.Fprintf(in.stdout, "%s will be replaced:\n%s\n", current.GetName(), strings.Join(lines, "\n")); err != nil {
			return err
		}
		return refusedRules(in, c.Path, c.replace(ctx, in, client, file, current))
	})
}

// replace saves the rules if the server can use them and somebody agrees.
func (c *rulesApply) replace(
	ctx context.Context, in *surroundings, client routingv1.RuleServiceClient, file *rulebook.File, current *routingv1.RuleSet,
) error {
	rules := &routingv1.RuleSet{Rules: file.Set.GetRules()}
	_, err := client.ExplainRouting(ctx, &routingv1.ExplainRoutingRequest{
		Subject: &routingv1.ExplainRoutingRequest_Facts{Facts: &routingv1.RoutingFacts{}}, RuleSet: rules,
	})
	if err != nil {
		return placed(file, err)
	}
	if c.DryRun {
		_, err := fmt.Fprintln(in.stdout, "the rules can be used; this was a dry run")
		return err
	}
	if !c.Yes && !agrees(in, "Replace the rules? [y/N] ") {
		return errors.New("nothing was changed; --yes does not ask")
	}
	saved, err := client.CreateRuleSet(ctx, &routingv1.CreateRuleSetRequest{RuleSet: rules, Etag: current.GetEtag()})
	if err != nil {
		return placed(file, err)
	}
	_, err = fmt.Fprintf(in.stdout, "saved as %s, by which complaints are assigned from now on\n", saved.GetName())
	return err
}

// placed tells a refusal in the lines of the file, if it is about those.
func placed(file *rulebook.File, err error) error {
	if refused := file.Refused(err); refused != nil {
		return refused
	}
	return err
}

// agrees asks a question that is answered with y or yes. No answer is none.
func agrees(in *surroundings, question string) bool {
	if _, err := io.WriteString(in.stdout, question); err != nil || in.stdin == nil {
		return false
	}
	answer, _ := bufio.NewReader(in.stdin).ReadString('\n')
	return slices.Contains([]string{"y", "yes"}, strings.ToLower(strings.TrimSpace(answer)))
}

// rulesExplain explains a complaint.
type rulesExplain struct {
	remote

	Complaint string `arg:"" help:"The complaint: complaints/… or its id."`
	Rules     string `placeholder:"FILE" help:"Rules that are not saved yet, to be tried."`
	Set       string `default:"current" placeholder:"NUMBER" help:"A saved set."`
	Time      string `placeholder:"TIME" help:"As if it were then, such as 2027-02-06T02:00:00Z: shifts, absences and conditions; loads are those of now."`
}

// Uses implements settings.Selective.
func (rulesExplain) Uses(flag string) bool {
	return slices.Contains(remoteFlags("rules", "set", "time"), flag)
}

// Help implements kong's HelpProvider.
func (rulesExplain) Help() string {
	return `It tells what the rules went by, what each said until one matched, who was considered and what stood in the way, and who would be given
the complaint: as if it were assigned now for the first time. Nothing is changed. Who has it, and by which rule, tells its assignment.`
}

func (c *rulesExplain) run(ctx context.Context, in *surroundings) error {
	complaint := "complaints/" + strings.TrimPrefix(c.Complaint, "complaints/")
	request := &routingv1.ExplainRoutingRequest{Subject: &routingv1.ExplainRoutingRequest_Complaint{Complaint: complaint}}
	var file *rulebook.File
	if c.Rules != "" {
		var err error
		if file, err = readRules(in, c.Rules); err != nil {
			return err
		}
		request.RuleSet = &routingv1.RuleSet{Rules: file.Set.GetRules()}
	} else {
		request.RuleSetName = setName(cmp.Or(c.Set, "current"))
	}
	if c.Time != "" {
		at, err := time.Parse(time.RFC3339, c.Time)
		if err != nil {
			return misuse(fmt.Errorf("--time: %q is no time such as 2027-02-06T02:00:00Z", c.Time))
		}
		request.Time = timestamppb.New(at)
	}
	return c.connect(ctx, func(ctx context.Context, conn *grpc.ClientConn) error {
		told, err := routingv1.NewRuleServiceClient(conn).ExplainRouting(ctx, request)
		if err != nil && file != nil {
			return refusedRules(in, c.Rules, placed(file, err))
		}
		if err != nil {
			return err
		}
		_, err = io.WriteString(in.stdout, rulebook.Explanation(complaint, told))
		return err
	})
}

package check

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/compose-spec/compose-go/v2/loader"
	"github.com/compose-spec/compose-go/v2/types"
)

// Roles are the roles of Redress that a deployment has to run.
func Roles() []string {
	return []string{"intake", "routing", "remedy", "followup", "review", "gateway", "worker"}
}

// LoadCompose reads a Compose file as `docker compose` does, from its own folder and with an empty environment.
func LoadCompose(ctx context.Context, file string, text []byte) (*types.Project, error) {
	details := types.ConfigDetails{
		WorkingDir:  filepath.Dir(file),
		ConfigFiles: []types.ConfigFile{{Filename: file, Content: text}},
		Environment: types.Mapping{},
	}
	return loader.LoadWithContext(ctx, details, func(options *loader.Options) { options.SetProjectName("redress", true) })
}

// Compose checks an arrangement: every role is there, images are pinned, containers are confined, what lasts is watched, secrets are
// files that are handed over, files that are mounted exist, and ports of the host are loopback's.
func Compose(project *types.Project) error {
	var wrong []error
	for _, role := range Roles() {
		service, ok := project.Services[role]
		if !ok {
			wrong = append(wrong, fmt.Errorf("nobody is %s", role))
			continue
		}
		if !slices.Equal(service.Command, []string{"serve", role}) {
			wrong = append(wrong, fmt.Errorf("%s runs %q", role, service.Command))
		}
	}
	for _, name := range project.ServiceNames() {
		service := project.Services[name]
		for _, err := range []error{pinned(service), confined(service), watched(project, service), guarded(service.Environment), handed(service), mounted(service), private(service)} {
			if err != nil {
				wrong = append(wrong, fmt.Errorf("%s: %w", name, err))
			}
		}
	}
	if ui, ok := project.Services["temporal-ui"]; ok {
		if off := ui.Environment["TEMPORAL_DISABLE_WRITE_ACTIONS"]; off == nil || *off != "true" {
			wrong = append(wrong, errors.New("temporal-ui: workflows can be changed by hand"))
		}
	}
	return errors.Join(wrong...)
}

// pinned refuses images that are another one tomorrow, but for the one that is built here.
func pinned(service types.ServiceConfig) error {
	if service.Build != nil {
		return nil
	}
	if !regexp.MustCompile(`:v?\d+\.\d+[\w.-]*$`).MatchString(service.Image) {
		return fmt.Errorf("image %q has no version", service.Image)
	}
	return nil
}

// confined refuses containers that may do more than they need.
func confined(service types.ServiceConfig) error {
	switch {
	case !service.ReadOnly:
		return errors.New("its root can be written to")
	case service.Privileged || !slices.Contains(service.CapDrop, "ALL"):
		return errors.New("it keeps capabilities")
	case !slices.Contains(service.SecurityOpt, "no-new-privileges:true"):
		return errors.New("it may gain privileges")
	case service.NetworkMode == "host" || service.Pid == "host":
		return errors.New("it is not kept apart from the host")
	}
	return nil
}

// watched refuses what lasts, is waited for, and cannot be asked how it is; what ends must be waited for as such.
func watched(project *types.Project, service types.ServiceConfig) error {
	var wrong []error
	for _, name := range service.GetDependencies() {
		dependency, ok := project.Services[name]
		if !ok {
			wrong = append(wrong, fmt.Errorf("waits for %s, which is not there", name))
			continue
		}
		health := dependency.HealthCheck
		if service.DependsOn[name].Condition == types.ServiceConditionHealthy && (health == nil || health.Disable || len(health.Test) == 0) {
			wrong = append(wrong, fmt.Errorf("waits until %s is well, which nobody asks", name))
		}
	}
	return errors.Join(wrong...)
}

// guarded refuses secrets in the environment, which every look at the container shows.
func guarded(settings types.MappingWithEquals) error {
	var wrong []error
	for name, value := range settings {
		telling := regexp.MustCompile(`(?i)(passw|pwd|secret|token|_key$)`).MatchString(name)
		if telling && value != nil && *value != "" && !strings.HasPrefix(*value, "/run/secrets/") {
			wrong = append(wrong, fmt.Errorf("%s is in the environment: hand it over as a file", name))
		}
		if value != nil && regexp.MustCompile(`://[^/\s]*:[^/\s]*@`).MatchString(*value) {
			wrong = append(wrong, fmt.Errorf("%s has a password in it", name))
		}
	}
	return errors.Join(wrong...)
}

// handed refuses secrets that a container is told of and not given.
func handed(service types.ServiceConfig) error {
	var wrong []error
	for name, value := range service.Environment {
		if value == nil {
			continue
		}
		if secret, ok := strings.CutPrefix(*value, "/run/secrets/"); ok && !Handed(service, secret) {
			wrong = append(wrong, fmt.Errorf("%s: the container is not given %s", name, secret))
		}
	}
	return errors.Join(wrong...)
}

// Handed tells whether a container is given a secret, under its own name.
func Handed(service types.ServiceConfig, secret string) bool {
	return slices.ContainsFunc(service.Secrets, func(s types.ServiceSecretConfig) bool {
		return s.Source == secret && (s.Target == "" || s.Target == secret || s.Target == "/run/secrets/"+secret)
	})
}

// mounted refuses files of the host that are not there; Compose would make folders of them.
func mounted(service types.ServiceConfig) error {
	var wrong []error
	for _, volume := range service.Volumes {
		if volume.Type != types.VolumeTypeBind {
			continue
		}
		if _, err := os.Stat(volume.Source); err != nil {
			wrong = append(wrong, err)
		}
		if !volume.ReadOnly {
			wrong = append(wrong, fmt.Errorf("%s can be written to", volume.Source))
		}
	}
	return errors.Join(wrong...)
}

// private refuses ports that others than this host reach.
func private(service types.ServiceConfig) error {
	for _, port := range service.Ports {
		if port.HostIP != "127.0.0.1" {
			return fmt.Errorf("port %s is open to %q", port.Published, port.HostIP)
		}
	}
	return nil
}

// environment is one setting as Compose has it.
func environment(name, value string) types.MappingWithEquals {
	return types.MappingWithEquals{name: &value}
}

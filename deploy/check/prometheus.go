package check

import (
	"bytes"
	"errors"
	"fmt"
	"slices"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/relabel"
	"go.yaml.in/yaml/v3"
)

// scraping is what deploy/prometheus uses of Prometheus' configuration. The whole of it is a package of Prometheus that brings the
// clients of thirty clouds along, which these lines do not warrant; what stands in the file and not here is refused.
type scraping struct {
	Global struct {
		Every   model.Duration `yaml:"scrape_interval"`
		Compute model.Duration `yaml:"evaluation_interval"`
	} `yaml:"global"`
	Rules []string `yaml:"rule_files"`
	Jobs  []struct {
		Name   string `yaml:"job_name"`
		Scheme string `yaml:"scheme"`
		TLS    struct {
			CA   string `yaml:"ca_file"`
			Name string `yaml:"server_name"`
		} `yaml:"tls_config"`
		Static []struct {
			Targets []string `yaml:"targets"`
		} `yaml:"static_configs"`
		DNS []struct {
			Names []string       `yaml:"names"`
			Type  string         `yaml:"type"`
			Port  int            `yaml:"port"`
			Every model.Duration `yaml:"refresh_interval"`
		} `yaml:"dns_sd_configs"`
		Relabel []*relabel.Config `yaml:"relabel_configs"`
	} `yaml:"scrape_configs"`
}

// Scraping checks a configuration of Prometheus: it is understood, and names the files of rules and the processes that there are. It
// returns the jobs by name, with the hosts that each reads.
func Scraping(text []byte, rules, hosts []string) (jobs map[string][]string, err error) {
	var read scraping
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	decoder.KnownFields(true)
	if err := decoder.Decode(&read); err != nil {
		return nil, err
	}
	var wrong []error
	if !slices.Equal(read.Rules, rules) {
		wrong = append(wrong, fmt.Errorf("rules %v; there are %v", read.Rules, rules))
	}
	jobs = map[string][]string{}
	for _, job := range read.Jobs {
		if job.Name == "redress" && (job.Scheme != "https" || job.TLS.CA != "/run/secrets/tls_ca" || job.TLS.Name == "") {
			wrong = append(wrong, fmt.Errorf("%s: the operators' address speaks TLS, with a certificate of our authority", job.Name))
		}
		for _, one := range job.Static {
			for _, target := range one.Targets {
				host, _, _ := bytes.Cut([]byte(target), []byte(":"))
				jobs[job.Name] = append(jobs[job.Name], string(host))
			}
		}
		for _, one := range job.DNS {
			jobs[job.Name] = append(jobs[job.Name], one.Names...)
			if one.Type == "A" && one.Port == 0 {
				wrong = append(wrong, fmt.Errorf("%s: no port", job.Name))
			}
		}
		for _, change := range job.Relabel {
			if err := change.Validate(model.UTF8Validation); err != nil {
				wrong = append(wrong, fmt.Errorf("%s: %w", job.Name, err))
			}
		}
		for _, host := range jobs[job.Name] {
			if !slices.Contains(hosts, host) {
				wrong = append(wrong, fmt.Errorf("%s: there is no %s", job.Name, host))
			}
		}
	}
	for _, role := range Roles() {
		if !slices.Contains(jobs["redress"], role) {
			wrong = append(wrong, fmt.Errorf("nobody reads the metrics of %s", role))
		}
	}
	return jobs, errors.Join(wrong...)
}

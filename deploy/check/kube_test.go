package check_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"

	"github.com/redress-dev/redress/deploy/check"
)

func TestKubernetes(t *testing.T) {
	t.Parallel()
	for _, folder := range []string{"base", "overlays/production"} {
		built, err := check.Build(filepath.Join(root, "deploy/k8s", folder))
		require.NoError(t, err)
		require.NoError(t, check.Kubernetes(built), folder)
	}
	for name, broken := range map[string]struct{ file, from, to, why string }{
		"an unknown field":       {"base/intake.yaml", "livenessProbe:", "lifenessProbe:", "lifenessProbe"},
		"an unknown kind":        {"base/account.yaml", "kind: ServiceAccount", "kind: Account", "unknown kind"},
		"a file that is gone":    {"base/kustomization.yaml", "- network.yaml", "- networks.yaml", "networks.yaml"},
		"a secret":               {"base/account.yaml", "kind: ServiceAccount\nmetadata:\n  name: redress\nautomountServiceAccountToken: false", "kind: Secret\nmetadata:\n  name: redress", "no place among manifests"},
		"root":                   {"base/role.yaml", "runAsNonRoot: true", "runAsNonRoot: false", "may be root"},
		"writable":               {"base/role.yaml", "readOnlyRootFilesystem: true", "readOnlyRootFilesystem: false", "can be written to"},
		"once":                   {"base/remedy.yaml", "replicas: 2", "replicas: 1", "less than twice"},
		"another role":           {"base/remedy.yaml", "args: [serve, remedy]", "args: [serve, review]", "it runs"},
		"not asked":              {"base/worker.yaml", "path: /readyz", "path: /ready", "not asked at /readyz"},
		"a port that is not":     {"base/worker.yaml", "{name: admin,", "{name: operators,", "not asked at /healthz"},
		"no budget":              {"base/budgets.yaml", "redress.dev/role: worker", "redress.dev/role: works", "a drain of nodes"},
		"open":                   {"base/network.yaml", "name: redress-nothing\nspec:\n  podSelector: {}\n  policyTypes: [Ingress, Egress]", "name: redress-nothing\nspec:\n  podSelector: {}\n  policyTypes: [Ingress]", "must deny everything"},
		"selects nothing":        {"base/network.yaml", "redress.dev/role: gateway", "redress.dev/role: gate", "selects nothing"},
		"scales nothing":         {"components/keda/worker.yaml", "name: redress-worker\n  polling", "name: redress-works\n  polling", "which is not there"},
		"scales by nothing":      {"components/keda/worker.yaml", "targetQueueSize", "queueSize", "knows no queueSize"},
		"an unknown field again": {"components/keda/worker.yaml", "cooldownPeriod", "coolPeriod", "coolPeriod"},
		"no key":                 {"base/role.yaml", "{key: log.key, path: log.key}", "{key: log.key, path: logs.key}", "log.key is not in keys"},
		"no certificate":         {"base/role.yaml", "{key: tls.crt, path: tls.crt}, ", "", "/etc/redress-tls/tls.crt is not mounted"},
		"asked in plaintext":     {"base/worker.yaml", "path: /readyz, port: admin, scheme: HTTPS", "path: /readyz, port: admin", "in plaintext"},
		"nobody signs":           {"base/kustomization.yaml", "name: redress-gateway", "name: redress-worker", "the gateway alone"},
		"the vault for all":      {"base/kustomization.yaml", "redress-(routing|", "redress-(", "only intake"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			folder := t.TempDir()
			require.NoError(t, os.CopyFS(folder, os.DirFS(filepath.Join(root, "deploy/k8s"))))
			file := filepath.Join(folder, broken.file)
			require.NoError(t, os.WriteFile(file, []byte(changed(t, read(t, filepath.Join("deploy/k8s", broken.file)), broken.from, broken.to)), 0o600))
			built, err := check.Build(filepath.Join(folder, "overlays/production"))
			if err == nil {
				err = check.Kubernetes(built)
			}
			require.ErrorContains(t, err, broken.why)
		})
	}
}

// TestTemporalIsEncrypted: with the component every role has the key and the setting.
func TestTemporalIsEncrypted(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	require.NoError(t, os.CopyFS(folder, os.DirFS(filepath.Join(root, "deploy/k8s"))))
	file := "overlays/production/kustomization.yaml"
	text := changed(t, read(t, "deploy/k8s/"+file), "  - ../../components/keda\n", "  - ../../components/keda\n  - ../../components/temporal-encryption\n")
	require.NoError(t, os.WriteFile(filepath.Join(folder, file), []byte(text), 0o600))
	built, err := check.Build(filepath.Join(folder, "overlays/production"))
	require.NoError(t, err)
	require.NoError(t, check.Kubernetes(built))
	require.Len(t, built.Deployments, len(check.Roles()))
	for _, d := range built.Deployments {
		require.True(t, slices.ContainsFunc(d.Spec.Template.Spec.Containers[0].VolumeMounts, func(m corev1.VolumeMount) bool {
			return m.MountPath == "/var/lib/redress/temporal.key" && m.SubPath == "temporal.key"
		}), d.Name)
	}
	require.True(t, slices.ContainsFunc(built.Settings, func(c *corev1.ConfigMap) bool { return c.Data["REDRESS_TEMPORAL_ENCRYPTION"] == "on" }))
}

// pods are what the processes of a folder of manifests are told, by the names of what makes them.
func pods(t *testing.T, folder string) map[string]settings {
	t.Helper()
	built, err := check.Build(filepath.Join(root, "deploy/k8s", folder))
	require.NoError(t, err)
	maps := map[string]map[string]string{}
	for _, one := range built.Settings {
		maps[one.Name] = one.Data
	}
	told := map[string]settings{}
	add := func(name string, c corev1.Container) {
		s := settings{args: c.Args}
		for _, from := range c.EnvFrom {
			require.Contains(t, maps, from.ConfigMapRef.Name)
			for key, value := range maps[from.ConfigMapRef.Name] {
				s.env = append(s.env, key+"="+value)
			}
		}
		for _, e := range c.Env {
			s.env = append(s.env, e.Name+"="+e.Value)
		}
		told[name] = s
	}
	for _, d := range built.Deployments {
		add(d.Name, d.Spec.Template.Spec.Containers[0])
	}
	for _, j := range built.Jobs {
		add(j.Name, j.Spec.Template.Spec.Containers[0])
	}
	return told
}

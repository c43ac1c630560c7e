package check

import (
	"errors"
	"fmt"
	"path"
	"reflect"
	"slices"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
	"sigs.k8s.io/yaml"
)

// Manifests are the objects that Kustomize makes, in the types of Kubernetes.
type Manifests struct {
	Deployments []*appsv1.Deployment
	Jobs        []*batchv1.Job
	Services    []*corev1.Service
	Settings    []*corev1.ConfigMap
	Budgets     []*policyv1.PodDisruptionBudget
	Scalers     []*autoscalingv2.HorizontalPodAutoscaler
	Policies    []*networkingv1.NetworkPolicy
	Scaled      []*ScaledObject
	Others      []any
}

// ScaledObject is what is used of KEDA's resource of that name; the types of KEDA itself bring its whole runtime along. What stands in a
// manifest and not here is refused.
type ScaledObject struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata"`
	Spec              struct {
		Target struct {
			APIVersion string `json:"apiVersion"`
			Kind       string `json:"kind"`
			Name       string `json:"name"`
		} `json:"scaleTargetRef"`
		Polling  int32 `json:"pollingInterval"`
		Cooldown int32 `json:"cooldownPeriod"`
		Min      int32 `json:"minReplicaCount"`
		Max      int32 `json:"maxReplicaCount"`
		Fallback *struct {
			Threshold int32 `json:"failureThreshold"`
			Replicas  int32 `json:"replicas"`
		} `json:"fallback"`
		Triggers []struct {
			Type     string            `json:"type"`
			Metadata map[string]string `json:"metadata"`
		} `json:"triggers"`
	} `json:"spec"`
}

// Build makes the manifests of a folder, as `kubectl kustomize` does, and decodes them strictly: a field that Kubernetes does not know is
// an error.
func Build(folder string) (*Manifests, error) {
	built, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(filesys.MakeFsOnDisk(), folder)
	if err != nil {
		return nil, err
	}
	all := &Manifests{}
	var wrong []error
	for _, resource := range built.Resources() {
		text, err := resource.AsYAML()
		if err != nil {
			return nil, err
		}
		kind := resource.GetGvk().ApiVersion() + "/" + resource.GetKind()
		if err := all.add(kind, text); err != nil {
			wrong = append(wrong, fmt.Errorf("%s %s: %w", kind, resource.GetName(), err))
		}
	}
	return all, errors.Join(wrong...)
}

// add decodes one object.
func (m *Manifests) add(kind string, text []byte) error {
	switch kind {
	case "apps/v1/Deployment":
		return decode(text, &m.Deployments)
	case "batch/v1/Job":
		return decode(text, &m.Jobs)
	case "v1/Service":
		return decode(text, &m.Services)
	case "v1/ConfigMap":
		return decode(text, &m.Settings)
	case "policy/v1/PodDisruptionBudget":
		return decode(text, &m.Budgets)
	case "autoscaling/v2/HorizontalPodAutoscaler":
		return decode(text, &m.Scalers)
	case "networking.k8s.io/v1/NetworkPolicy":
		return decode(text, &m.Policies)
	case "keda.sh/v1alpha1/ScaledObject":
		return decode(text, &m.Scaled)
	case "v1/Namespace":
		return other[corev1.Namespace](text, &m.Others)
	case "v1/ServiceAccount":
		return other[corev1.ServiceAccount](text, &m.Others)
	case "v1/Secret":
		return errors.New("a secret has no place among manifests")
	}
	return errors.New("an unknown kind")
}

func decode[T any](text []byte, to *[]*T) error {
	object := new(T)
	*to = append(*to, object)
	return yaml.UnmarshalStrict(text, object)
}

func other[T any](text []byte, to *[]any) error {
	var objects []*T
	err := decode(text, &objects)
	*to = append(*to, objects[0])
	return err
}

// roleLabel says which role a pod has.
const roleLabel = "redress.dev/role"

// Kubernetes checks manifests: every role is there, twice at least, with a budget; pods are confined and probed; whatever selects
// something selects a role; and secrets are referred to.
func Kubernetes(m *Manifests) error {
	var wrong []error
	say := func(name string, err error) {
		if err != nil {
			wrong = append(wrong, fmt.Errorf("%s: %w", name, err))
		}
	}
	templates := map[string]corev1.PodTemplateSpec{}
	for _, d := range m.Deployments {
		role := d.Spec.Template.Labels[roleLabel]
		templates[role] = d.Spec.Template
		say(d.Name, supplied(m, d.Spec.Template.Spec))
		say(d.Name, deployment(d, role))
	}
	for _, role := range Roles() {
		template, ok := templates[role]
		if !ok {
			say(role, errors.New("nobody is it"))
			continue
		}
		if !slices.ContainsFunc(m.Budgets, func(b *policyv1.PodDisruptionBudget) bool { return selects(b.Spec.Selector, template.Labels) }) {
			say(role, errors.New("a drain of nodes may take all of it"))
		}
	}
	if len(m.Jobs) != 1 || !slices.Equal(m.Jobs[0].Spec.Template.Spec.Containers[0].Args, []string{"migrate"}) {
		say("migrate", errors.New("there must be one Job for it"))
	}
	for _, job := range m.Jobs {
		templates[job.Spec.Template.Labels[roleLabel]] = job.Spec.Template
		say(job.Name, errors.Join(pod(job.Spec.Template.Spec), supplied(m, job.Spec.Template.Spec)))
	}
	wrong = append(wrong, reaches(m, templates)...)
	return errors.Join(wrong...)
}

// selects tells whether a selector means pods with these labels.
func selects(selector *metav1.LabelSelector, of map[string]string) bool {
	chosen, err := metav1.LabelSelectorAsSelector(selector)
	return err == nil && chosen.Matches(labels.Set(of))
}

// deployment checks one role.
func deployment(d *appsv1.Deployment, role string) error {
	wrong := []error{pod(d.Spec.Template.Spec)}
	if !selects(d.Spec.Selector, d.Spec.Template.Labels) {
		wrong = append(wrong, errors.New("it does not find its own pods"))
	}
	if d.Spec.Replicas == nil || *d.Spec.Replicas < 2 {
		wrong = append(wrong, errors.New("it runs less than twice"))
	}
	c := d.Spec.Template.Spec.Containers[0]
	if !slices.Equal(c.Args, []string{"serve", role}) {
		wrong = append(wrong, fmt.Errorf("it runs %q", c.Args))
	}
	for what, probe := range map[string]*corev1.Probe{"/healthz": c.LivenessProbe, "/readyz": c.ReadinessProbe} {
		if probe != nil && probe.HTTPGet != nil && probe.HTTPGet.Scheme != corev1.URISchemeHTTPS {
			wrong = append(wrong, fmt.Errorf("it is asked at %s in plaintext", what))
		}
		if probe == nil || probe.HTTPGet == nil || probe.HTTPGet.Path != what ||
			!slices.ContainsFunc(c.Ports, func(p corev1.ContainerPort) bool { return p.Name == probe.HTTPGet.Port.String() }) {
			wrong = append(wrong, fmt.Errorf("it is not asked at %s", what))
		}
	}
	if signs := slices.ContainsFunc(d.Spec.Template.Spec.Volumes, func(v corev1.Volume) bool { return v.Name == "evidence" }); signs != (role == "gateway") {
		wrong = append(wrong, errors.New("the gateway alone has the key of evidence"))
	}
	if opens := slices.ContainsFunc(d.Spec.Template.Spec.Volumes, func(v corev1.Volume) bool { return v.Name == "vault" }); opens != (role == "intake") {
		wrong = append(wrong, errors.New("only intake has the key of personal data"))
	}
	return errors.Join(wrong...)
}

// pod refuses what may do more than it needs, and what is mounted from nowhere.
func pod(spec corev1.PodSpec) error {
	var wrong []error
	refuse := func(when bool, why string) {
		if when {
			wrong = append(wrong, errors.New(why))
		}
	}
	s := spec.SecurityContext
	refuse(s == nil || s.RunAsNonRoot == nil || !*s.RunAsNonRoot || s.RunAsUser == nil || *s.RunAsUser == 0, "it may be root")
	refuse(s == nil || s.SeccompProfile == nil || s.SeccompProfile.Type != corev1.SeccompProfileTypeRuntimeDefault, "no seccomp profile")
	refuse(spec.AutomountServiceAccountToken == nil || *spec.AutomountServiceAccountToken, "it can speak with Kubernetes")
	refuse(spec.HostNetwork || spec.HostPID || spec.HostIPC, "it is not kept apart from the node")
	for _, c := range spec.Containers {
		s := c.SecurityContext
		refuse(s == nil || s.ReadOnlyRootFilesystem == nil || !*s.ReadOnlyRootFilesystem, "its root can be written to")
		refuse(s == nil || s.AllowPrivilegeEscalation == nil || *s.AllowPrivilegeEscalation, "it may gain privileges")
		refuse(s == nil || s.Capabilities == nil || !slices.Contains(s.Capabilities.Drop, "ALL"), "it keeps capabilities")
		refuse(c.Resources.Limits.Memory().IsZero() || c.Resources.Requests.Cpu().IsZero(), "its resources are not bounded")
		for _, mount := range c.VolumeMounts {
			at := slices.IndexFunc(spec.Volumes, func(v corev1.Volume) bool { return v.Name == mount.Name })
			refuse(at < 0, "no volume "+mount.Name)
			refuse(at >= 0 && mount.SubPath != "" && !offers(spec.Volumes[at], mount.SubPath), mount.SubPath+" is not in "+mount.Name)
		}
		for _, e := range c.Env {
			refuse(guarded(environment(e.Name, e.Value)) != nil, e.Name+" is a secret: refer to one")
		}
	}
	return errors.Join(wrong...)
}

// supplied refuses settings that name a file of a Secret which is not mounted there, and ConfigMaps that nobody makes.
func supplied(m *Manifests, spec corev1.PodSpec) error {
	var wrong []error
	for _, from := range spec.Containers[0].EnvFrom {
		at := slices.IndexFunc(m.Settings, func(c *corev1.ConfigMap) bool { return from.ConfigMapRef != nil && c.Name == from.ConfigMapRef.Name })
		if at < 0 {
			wrong = append(wrong, errors.New("its settings are not there"))
			continue
		}
		for name, value := range m.Settings[at].Data {
			if strings.HasPrefix(value, "/etc/") && !slices.ContainsFunc(spec.Containers[0].VolumeMounts, func(mount corev1.VolumeMount) bool {
				return mount.MountPath == path.Dir(value) && slices.ContainsFunc(spec.Volumes, func(v corev1.Volume) bool {
					return v.Name == mount.Name && offers(v, path.Base(value))
				})
			}) {
				wrong = append(wrong, fmt.Errorf("%s: %s is not mounted", name, value))
			}
		}
	}
	return errors.Join(wrong...)
}

// offers tells whether a volume of a Secret has a file, and not at its owner's will.
func offers(v corev1.Volume, file string) bool {
	return v.Secret != nil && (v.Secret.Optional == nil || !*v.Secret.Optional) &&
		slices.ContainsFunc(v.Secret.Items, func(i corev1.KeyToPath) bool { return i.Path == file })
}

// reaches checks what selects pods or names a Deployment.
func reaches(m *Manifests, templates map[string]corev1.PodTemplateSpec) (wrong []error) {
	some := func(name string, selector *metav1.LabelSelector) {
		for _, template := range templates {
			if selects(selector, template.Labels) {
				return
			}
		}
		wrong = append(wrong, fmt.Errorf("%s selects nothing", name))
	}
	for _, s := range m.Services {
		some("service "+s.Name, &metav1.LabelSelector{MatchLabels: s.Spec.Selector})
	}
	closed := false
	for _, p := range m.Policies {
		some("network policy "+p.Name, &p.Spec.PodSelector)
		closed = closed || len(p.Spec.PodSelector.MatchLabels) == 0 && len(p.Spec.PolicyTypes) == 2 && len(p.Spec.Ingress) == 0 && len(p.Spec.Egress) == 0
	}
	if !closed {
		wrong = append(wrong, errors.New("what no network policy allows is allowed: one must deny everything"))
	}
	named := func(name, target string) {
		if !slices.ContainsFunc(m.Deployments, func(d *appsv1.Deployment) bool { return d.Name == target }) {
			wrong = append(wrong, fmt.Errorf("%s scales %s, which is not there", name, target))
		}
	}
	for _, s := range m.Scalers {
		named(s.Name, s.Spec.ScaleTargetRef.Name)
	}
	for _, s := range m.Scaled {
		named(s.Name, s.Spec.Target.Name)
		if s.Spec.Min < 1 || s.Spec.Max <= s.Spec.Min || len(s.Spec.Triggers) == 0 || reflect.ValueOf(s.Spec.Fallback).IsNil() {
			wrong = append(wrong, fmt.Errorf("%s: one replica at least, more at most, a trigger, and something to fall back to", s.Name))
		}
		for _, trigger := range s.Spec.Triggers {
			for key := range trigger.Metadata {
				if trigger.Type != "temporal" || !slices.Contains(temporalKeys(), key) {
					wrong = append(wrong, fmt.Errorf("%s: KEDA's scaler %s knows no %s", s.Name, trigger.Type, key))
				}
			}
		}
	}
	return wrong
}

// temporalKeys is what KEDA's scaler for Temporal reads of a trigger, as of KEDA 2.21.
func temporalKeys() []string {
	return []string{
		"endpoint", "namespace", "activationTargetQueueSize", "targetQueueSize", "taskQueue", "queueTypes", "workerDeploymentName",
		"workerDeploymentBuildId", "includeRunningWorkflowCount", "workflowTaskQueueForCount", "minConnectTimeout", "enableTLS", "unsafeSsl",
		"tlsServerName",
	}
}

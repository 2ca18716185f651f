using System.Reflection;

namespace PretrainCluster.LibTorch;

public static partial class torch
{
    public static partial class nn
    {
        /// <summary>A part of a model: parameters, buffers and further parts, each under a name.</summary>
        public abstract class Module(string name) : IDisposable
        {
            readonly OrderedDictionary<string, Module> _modules = [];
            readonly OrderedDictionary<string, Parameter> _parameters = [];
            readonly OrderedDictionary<string, (Tensor Tensor, bool Persistent)> _buffers = [];

            public virtual bool training { get; private set; } = true;

            public string GetName() => name;

            public virtual void train(bool train = true)
            {
                training = train;
                foreach (var child in _modules.Values)
                    child.train(train);
            }

            public void eval() => train(false);

            /// <summary>Calls <paramref name="fn"/> for every part, children first.</summary>
            public Module apply(Action<Module> fn)
            {
                foreach (var child in _modules.Values)
                    child.apply(fn);
                fn(this);
                return this;
            }

            public virtual void register_module(string name, Module submodule) => _modules[name] = submodule;

            public void add_module(string name, Module module) => register_module(name, module);

            /// <summary>The parameter is the module's from now on: no dispose scope frees it.</summary>
            public virtual void register_parameter(string name, Parameter param)
            {
                param.DetachFromDisposeScope();
                _parameters[name] = param;
            }

            /// <summary>A tensor that belongs to the state but is not trained.</summary>
            public virtual void register_buffer(string name, Tensor tensor, bool persistent = true)
            {
                tensor.DetachFromDisposeScope();
                _buffers[name] = (tensor, persistent);
            }

            /// <summary>Registers every field that holds a module, a parameter or a tensor under its own name, except those that are registered already.</summary>
            protected virtual void RegisterComponents()
            {
                const BindingFlags own = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;
                for (var type = GetType(); type != typeof(Module) && type is not null; type = type.BaseType)
                {
                    if (type.IsGenericType && type.Namespace == typeof(Module).Namespace)
                        break;
                    foreach (var field in type.GetFields(own).Where(field => !field.Name.Contains('<')).OrderBy(field => field.MetadataToken))
                    {
                        switch (field.GetValue(this))
                        {
                            case Module module when !_modules.ContainsValue(module):
                                register_module(field.Name, module);
                                break;
                            case Modules.Parameter parameter when !_parameters.ContainsValue(parameter):
                                register_parameter(field.Name, parameter);
                                break;
                            case Tensor tensor and not Modules.Parameter when !_buffers.Values.Any(buffer => buffer.Tensor == tensor):
                                register_buffer(field.Name, tensor);
                                break;
                        }
                    }
                }
            }

            public IEnumerable<(string name, Module module)> named_children() => _modules.Select(child => (child.Key, child.Value));

            public IEnumerable<Module> children() => _modules.Values;

            /// <summary>All parts below this one, outer before inner.</summary>
            public IEnumerable<(string name, Module module)> named_modules()
            {
                foreach (var (childName, child) in _modules)
                {
                    yield return (childName, child);
                    foreach (var (name, module) in child.named_modules())
                        yield return ($"{childName}.{name}", module);
                }
            }

            public IEnumerable<Module> modules() => named_modules().Select(entry => entry.module);

            /// <summary>Own parameters first, then those of the parts, in the order of their registration: PyTorch's order.</summary>
            public virtual IEnumerable<(string name, Parameter parameter)> named_parameters(bool recurse = true)
            {
                var seen = new HashSet<Parameter>();
                foreach (var (name, parameter) in AllParameters(recurse))
                {
                    if (seen.Add(parameter))
                        yield return (name, parameter);
                }
            }

            public virtual IEnumerable<Parameter> parameters(bool recurse = true) => named_parameters(recurse).Select(entry => entry.parameter);

            public virtual IEnumerable<(string name, Tensor buffer)> named_buffers(bool recurse = true, bool include_nonpersistent = true)
            {
                foreach (var (name, (tensor, persistent)) in _buffers)
                {
                    if (persistent || include_nonpersistent)
                        yield return (name, tensor);
                }
                foreach (var (childName, child) in recurse ? _modules : [])
                {
                    foreach (var (name, buffer) in child.named_buffers(true, include_nonpersistent))
                        yield return ($"{childName}.{name}", buffer);
                }
            }

            public IEnumerable<Tensor> buffers(bool recurse = true) => named_buffers(recurse).Select(entry => entry.buffer);

            public bool has_parameter(string target) => named_parameters().Any(entry => entry.name == target);

            public Parameter? get_parameter(string target) => named_parameters().FirstOrDefault(entry => entry.name == target).parameter;

            public Tensor? get_buffer(string target) => named_buffers().FirstOrDefault(entry => entry.name == target).buffer;

            /// <summary>Parameters and persistent buffers by name; the tensors themselves, not copies.</summary>
            public virtual Dictionary<string, Tensor> state_dict()
            {
                var state = new Dictionary<string, Tensor>();
                foreach (var (name, parameter) in AllParameters(recurse: true))
                    state[name] = parameter;
                foreach (var (name, buffer) in named_buffers(include_nonpersistent: false))
                    state[name] = buffer;
                return state;
            }

            /// <summary>Copies values into parameters and buffers.</summary>
            /// <exception cref="InvalidOperationException">strict, and the names differ</exception>
            public virtual (IList<string> missing_keys, IList<string> unexpected_keys) load_state_dict(Dictionary<string, Tensor> source, bool strict = true)
            {
                var own = state_dict();
                var missing = own.Keys.Except(source.Keys).ToList();
                var unexpected = source.Keys.Except(own.Keys).ToList();
                if (strict && missing.Count + unexpected.Count > 0)
                    throw new InvalidOperationException($"the state does not fit: missing [{string.Join(", ", missing)}], unexpected [{string.Join(", ", unexpected)}]");
                using var _ = no_grad();
                foreach (var (name, tensor) in own)
                {
                    if (!source.TryGetValue(name, out var value))
                        continue;
                    if (!value.shape.SequenceEqual(tensor.shape))
                        throw new InvalidOperationException($"{name} has shape [{string.Join(", ", tensor.shape)}], the state's has [{string.Join(", ", value.shape)}]");
                    tensor.copy_(value);
                }
                return (missing, unexpected);
            }

            public virtual void zero_grad(bool set_to_none = true)
            {
                foreach (var parameter in parameters())
                {
                    using var gradient = parameter.grad;
                    if (set_to_none)
                        parameter.grad = null;
                    else
                        gradient?.zero_();
                }
            }

            internal void Move(Device? device, ScalarType? type)
            {
                using var _ = no_grad();
                foreach (var parameter in _parameters.Values)
                    Move(parameter, device, type, parameter.requires_grad);
                foreach (var (buffer, _) in _buffers.Values)
                    Move(buffer, device, type, false);
                foreach (var child in _modules.Values)
                    child.Move(device, type);
            }

            static void Move(Tensor tensor, Device? device, ScalarType? type, bool requiresGrad)
            {
                var wanted = type is not null && tensor.is_floating_point() ? type.Value : tensor.dtype;
                if (wanted != tensor.dtype || (device is not null && device != tensor.device))
                    tensor.Become(tensor.detach().to(wanted, device ?? tensor.device).requires_grad_(requiresGrad));
            }

            IEnumerable<(string, Parameter)> AllParameters(bool recurse)
            {
                foreach (var (name, parameter) in _parameters)
                    yield return (name, parameter);
                foreach (var (childName, child) in recurse ? _modules : [])
                {
                    foreach (var (name, parameter) in child.AllParameters(true))
                        yield return ($"{childName}.{name}", parameter);
                }
            }

            public void Dispose()
            {
                Dispose(true);
                GC.SuppressFinalize(this);
            }

            protected virtual void Dispose(bool disposing)
            {
                if (!disposing)
                    return;
                foreach (var child in _modules.Values)
                    child.Dispose();
                foreach (var parameter in _parameters.Values)
                    parameter.Dispose();
                foreach (var (buffer, _) in _buffers.Values)
                    buffer.Dispose();
            }
        }

        public abstract class Module<T, TResult>(string name) : Module(name)
        {
            public abstract TResult forward(T input);

            public TResult call(T input) => forward(input);
        }

        public abstract class Module<T1, T2, TResult>(string name) : Module(name)
        {
            public abstract TResult forward(T1 input1, T2 input2);

            public TResult call(T1 input1, T2 input2) => forward(input1, input2);
        }

        public abstract class Module<T1, T2, T3, TResult>(string name) : Module(name)
        {
            public abstract TResult forward(T1 input1, T2 input2, T3 input3);

            public TResult call(T1 input1, T2 input2, T3 input3) => forward(input1, input2, input3);
        }
    }
}

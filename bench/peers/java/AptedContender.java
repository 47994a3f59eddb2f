import distance.APTED;
import costmodel.CostModel;
import costmodel.PerEditOperationStringNodeDataCostModel;
import costmodel.StringUnitCostModel;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import node.Node;
import node.StringNodeData;
import parser.BracketStringInputParser;

/**
 * APTED as its authors wrote it, driven by lines of JSON on standard input (bench/runner/messages.ts):
 *
 *   java -cp apted.jar bench/peers/java/AptedContender.java
 *
 * The few fields it needs are read by regular expressions: Java has no JSON of its own.
 */
public class AptedContender {
  private final List<Node<StringNodeData>> left = new ArrayList<>();
  private final List<Node<StringNodeData>> right = new ArrayList<>();
  private CostModel<StringNodeData> costs;

  public static void main(String[] arguments) throws IOException {
    AptedContender contender = new AptedContender();
    BufferedReader input = new BufferedReader(new InputStreamReader(System.in));
    for (String line = input.readLine(); line != null; line = input.readLine()) {
      String reply;
      try {
        reply = line.contains("\"prepare\"") ? contender.prepare(line) : contender.measure(line);
      } catch (Exception | Error error) {
        reply = "{\"error\":\"" + String.valueOf(error).replaceAll("[\"\\\\\\n]", " ") + "\"}";
      }
      System.out.println("bench-reply " + reply);
    }
  }

  private static String field(String line, String pattern) {
    Matcher matcher = Pattern.compile(pattern).matcher(line);
    if (!matcher.find()) throw new IllegalArgumentException("no " + pattern + " in " + line);
    return matcher.group(1);
  }

  private static void read(String json, String name, List<Node<StringNodeData>> trees) {
    trees.clear();
    String list = field(json, "\"" + name + "\":\\[([^\\]]*)\\]");
    Matcher matcher = Pattern.compile("\"([^\"]*)\"").matcher(list);
    while (matcher.find()) trees.add(new BracketStringInputParser().fromString(matcher.group(1)));
  }

  private double[] run() {
    double[] distances = new double[left.size()];
    for (int i = 0; i < distances.length; i++) {
      distances[i] = new APTED<CostModel<StringNodeData>, StringNodeData>(costs).computeEditDistance(left.get(i), right.get(i));
    }
    return distances;
  }

  private String prepare(String line) throws IOException {
    String json = Files.readString(Path.of(field(line, "\"folder\":\"([^\"]*)\""), "input.json"));
    read(json, "left", left);
    read(json, "right", right);
    // An input says what renaming costs where it is not 1; inserting and deleting cost 1.
    costs = json.contains("\"rename\":")
      ? new PerEditOperationStringNodeDataCostModel(1, 1, Float.parseFloat(field(json, "\"rename\":([\\d.]+)")))
      : new StringUnitCostModel();
    long started = System.nanoTime();
    double[] distances = run();
    double milliseconds = (System.nanoTime() - started) / 1e6;
    // The heap's size says what Java was allowed, not what the work needs.
    return "{\"outcome\":" + Arrays.toString(distances) + ",\"memory\":null,\"milliseconds\":" + milliseconds + "}";
  }

  private static long cpu() {
    var system = (com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    return system.getProcessCpuTime();
  }

  private String measure(String line) {
    double budget = Double.parseDouble(field(line, "\"milliseconds\":([\\d.]+)"));
    List<Double> times = new ArrayList<>();
    long began = System.nanoTime();
    long cpu = cpu();
    do {
      long started = System.nanoTime();
      run();
      times.add((System.nanoTime() - started) / 1e6);
    } while ((System.nanoTime() - began) / 1e6 < budget);
    double used = (cpu() - cpu) / 1e6 / times.size();
    times.sort(null);
    return "{\"clock\":" + times.get(times.size() / 2) + ",\"cpu\":" + used + "}";
  }
}
